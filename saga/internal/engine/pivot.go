package engine

import (
	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// pivotedOnTheWayBack handles a pivot that succeeds when it was already to be undone,
// because it was awaited or could not be cut short. Nothing around it is undone yet: that
// waited for it. A run that was reverting stops where it is, and a scope that was to be
// tried again goes on.
func (r *run) pivotedOnTheWayBack(s *graph.Scope) {
	back := r.halted(s)
	switch {
	case back == nil || r.end != nil && r.end.keep:
	case r.end != nil:
		r.stopPastPivot(ledger.Failure{Reason: back.cause})
	default:
		for ; back != nil; back = r.halted(s) { // and the scopes in it that were halted too
			r.goOn(back)
		}
	}
}

// goOn lets a scope that was halted go forward again, before any of it is undone. What
// has failed in it is tried again, as what is still to end because it was cut short will
// be.
func (r *run) goOn(s *scopeRun) {
	s.mode, s.rest = forward, nil
	if s.ctx.Err() != nil {
		r.renewContexts(s.scope)
	}
	for _, i := range s.tasks {
		t, e := r.tasks[i], &r.ledger.Tasks[i]
		t.cut = e.State == ledger.TaskFailure || t.future != nil
		if e.State == ledger.TaskFailure {
			t.due = true
			r.countCut(i)
		}
	}
	for _, inner := range r.scopes {
		if s.scope.Contains(inner.scope) {
			r.renewFailed(inner)
			if inner.mode == resting { // its timer ended with the context
				r.renew(inner)
			}
		}
	}
	r.count()
}
