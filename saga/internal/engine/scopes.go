package engine

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// link works out what each task waits for. What a task needs from inside a
// scope that it is not part of, it gets when all of that scope is done.
func (r *run) link() {
	for i, t := range r.flow.Tasks {
		r.tasks = append(r.tasks, &taskRun{Task: t})
		for s := t.Scope; s != nil; s = s.Parent {
			r.scopes[s.Index].tasks = append(r.scopes[s.Index].tasks, i)
		}
	}
	for i, t := range r.tasks {
		for _, n := range t.AllNeeds() {
			maker := r.tasks[n.Task]
			maker.dependents = append(maker.dependents, i)
			if s := graph.ForeignScope(maker.Scope, t.Scope); s != nil {
				t.waitScopes = append(t.waitScopes, s.Index)
			} else {
				t.waitTasks = append(t.waitTasks, n.Task)
			}
		}
	}
	r.order = r.flow.Order()
}

// count works out how many tasks of each scope are not done.
func (r *run) count() {
	for _, s := range r.scopes {
		s.open = 0
	}
	for i, t := range r.tasks {
		if r.done(i) {
			continue
		}
		for s := t.Scope; s != nil; s = s.Parent {
			r.scopes[s.Index].open++
		}
	}
}

// renewContexts gives a scope and all in it fresh contexts for their activities.
func (r *run) renewContexts(from *graph.Scope) {
	for _, sr := range r.scopes {
		if !from.Contains(sr.scope) {
			continue
		}
		sr.ctx, sr.cancel = workflow.WithCancel(r.contextAround(sr.scope))
	}
}

// watchScopes starts the deadlines of the scopes around a task that has begun.
func (r *run) watchScopes(s *graph.Scope) {
	for ; s.Parent != nil; s = s.Parent {
		sr := r.scopes[s.Index]
		if s.Deadline == 0 || sr.timed {
			continue
		}
		sr.timed = true
		r.after(sr.ctx, s.Deadline, "deadline of scope "+s.Path, func() { r.scopeExpired(sr) })
	}
}

// scopeExpired fails a scope that exceeded its deadline. While an operator holds or
// pauses the run, the deadline is only noted; it takes effect when the run goes on.
func (r *run) scopeExpired(sr *scopeRun) {
	switch s := sr.scope; {
	case r.halted(s) == sr:
		r.endWait(sr)
	case sr.open == 0 || r.halted(s) != nil || r.end != nil || r.forwardOnly():
	case r.held || r.paused:
		sr.expired = true
	default:
		r.escalate(s, ledger.Failure{Reason: fmt.Sprintf("the deadline of %s of scope %s passed", s.Deadline, s.Path)})
	}
}

// failed decides what a failed task means.
func (r *run) failed(i int, f ledger.Failure) {
	t := r.tasks[i]
	switch {
	case r.end != nil || r.halted(t.Scope) != nil || r.ctx.Err() != nil:
		// It is being undone already, or will be.
	case r.forwardOnly():
		r.tryLater(i, "before trying again: "+t.Path)
	default:
		r.escalate(t.Scope, f)
	}
}

// escalate asks the scope of a failure, then the ones around it, whether to try
// again. If none does, the run as a whole gives up.
func (r *run) escalate(s *graph.Scope, f ledger.Failure) {
	for ; s != nil; s = s.Parent {
		if s.Retry == nil {
			continue
		}
		sr := r.scopes[s.Index]
		f.Attempt = sr.info.Attempt
		r.note(sr.info, f)
		d, err := graph.Try("the retry policy of "+s.Label(),
			func() (graph.Decision, error) { return s.Retry(r.values, sr.info.Failures) })
		if err != nil {
			r.giveUp(ending{Failure: ledger.Failure{Task: f.Task, Type: f.Type, Reason: f.Reason + "; " + err.Error()}})
			return
		}
		switch d.Verdict {
		case graph.VerdictAgain:
			r.halt(sr, f.String(), func() { r.rest(sr, d.After) })
			r.overtaken()
			return
		case graph.VerdictAbort:
			r.giveUp(ending{Failure: f})
			return
		}
	}
	r.unresolved(f)
}

// note records the failure of an attempt: the last one, if an operator had what failed
// tried again.
func (r *run) note(s *ledger.ScopeInfo, f ledger.Failure) {
	n := len(s.Failures) - 1
	if n >= 0 && s.Failures[n].Attempt == f.Attempt {
		s.Failures = s.Failures[:n]
	}
	s.Failures = append(s.Failures, f)
}

// unresolved applies the run's policy to a failure that no scope retries.
func (r *run) unresolved(f ledger.Failure) {
	r.ledger.Cause = f.String()
	switch r.ledger.OnFailure {
	case ledger.OnFailureHold:
		r.held = true
		r.late = f.Task == ""
		r.enter(ledger.RunHeld)
	case ledger.OnFailureKeep:
		r.giveUp(ending{Failure: f, keep: true})
	default:
		r.giveUp(ending{Failure: f})
	}
}

// giveUp ends the way forward for the run as a whole.
func (r *run) giveUp(e ending) {
	r.end, r.held = &e, false
	r.ledger.Cause = e.String()
	root := r.scopes[0]
	if e.keep {
		root.cancel()
		root.mode = finished
		r.stopTries()
		r.passOn(ledger.Request{Verb: ledger.VerbAbandon, Reason: e.String()})
		return
	}
	r.enter(ledger.RunReverting)
	r.halt(root, e.String(), func() { root.mode = finished })
}

// stopTries ends the pauses of tasks that were to be tried again.
func (r *run) stopTries() {
	for _, t := range r.tasks {
		if t.cancel != nil {
			t.cancel()
		}
	}
}

// halt stops a scope. When its activities have ended it is undone, and then
// comes the rest.
func (r *run) halt(s *scopeRun, cause string, rest func()) {
	s.mode, s.cause, s.rest = draining, cause, rest
	if !s.scope.AwaitSiblings {
		s.cancel()
		r.stopChildren(s)
	}
}

// endWait cancels the siblings that a failed scope awaits.
func (r *run) endWait(s *scopeRun) {
	if s.mode == draining && s.scope.AwaitSiblings {
		s.cancel()
		r.stopChildren(s)
	}
}

// turnScopes moves halted scopes on. It reports whether any has moved.
func (r *run) turnScopes() (changed bool) {
	for _, s := range r.scopes {
		if s.mode == forward || r.halted(s.scope) != s {
			continue
		}
		switch {
		case s.mode == draining && s.running == 0:
			s.mode, changed = undoing, true
			s.cancel()
			r.watchUndo(s)
		case s.mode == undoing && r.undone(s):
			changed = true
			s.cancel()
			s.rest()
		}
	}
	return changed
}

// undone reports whether nothing is left to undo in a scope.
func (r *run) undone(s *scopeRun) bool {
	for _, i := range s.tasks {
		if !r.ledger.Tasks[i].Settled() || r.tasks[i].future != nil {
			return false
		}
	}
	return true
}

// rest waits before a scope is tried again.
func (r *run) rest(s *scopeRun, d time.Duration) {
	s.mode = resting
	if r.ledger.State == ledger.RunStuck || r.stuckInPause() {
		r.enter(ledger.RunRunning)
	}
	if d == 0 {
		r.renew(s)
		return
	}
	r.after(r.contextAround(s.scope), d, "before the next attempt at scope "+s.scope.Path, func() {
		if s.mode == resting && r.end == nil {
			r.renew(s)
		}
	})
}

// stuckInPause reports whether a run was STUCK when it was paused. What is under way goes
// on in a pause, and may end what it was stuck for.
func (r *run) stuckInPause() bool {
	return r.paused && r.before == ledger.RunStuck
}

// contextAround returns the parent context of the contexts of a scope.
func (r *run) contextAround(s *graph.Scope) workflow.Context {
	if s.Parent == nil {
		return r.ctx
	}
	return r.scopes[s.Parent.Index].ctx
}

// renew begins the next attempt at a scope: its tasks are pending again, with
// new marks, and the scopes in it count from the beginning.
func (r *run) renew(s *scopeRun) {
	for _, i := range s.tasks {
		r.renewTask(i)
	}
	for _, inner := range r.scopes {
		if !s.scope.Contains(inner.scope) {
			continue
		}
		if inner != s {
			inner.info.Failures = nil
		}
		inner.mode, inner.timed, inner.expired, inner.decided, inner.skipped = forward, false, false, false, false
		inner.info.Attempt = len(inner.info.Failures) + 1
		r.values.Attempts[inner.scope.Slot] = inner.info.Attempt
		inner.failed = nil
	}
	r.renewContexts(s.scope)
	r.count()
}

// renewTask sets a task back to pending.
func (r *run) renewTask(i int) {
	e := &r.ledger.Tasks[i]
	r.values.Results[r.tasks[i].Slot] = nil
	r.tasks[i].due, r.tasks[i].waived, r.tasks[i].cut = false, false, false
	if e.State == ledger.TaskPending {
		return
	}
	e.Earlier = append(e.Earlier, ledger.Attempt{Number: e.Attempt, Mark: e.Mark, State: e.State, Error: e.Error})
	r.moveTask(i, ledger.TaskPending, "")
	fresh := ledger.Entry{
		Task: e.Task, Summary: e.Summary, State: ledger.TaskPending, Needs: e.Needs, Activity: e.Activity, Undo: e.Undo,
		NoUndo: e.NoUndo, Pivot: e.Pivot, UndoOptions: e.UndoOptions, Attempt: e.Attempt + 1, Earlier: e.Earlier,
		Mark: ledger.NewMark(r.ledger.Run, e.Task, e.Attempt+1),
	}
	*e = fresh
}
