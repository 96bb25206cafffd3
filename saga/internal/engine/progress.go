package engine

import "novaflow/saga/ledger"

// progress answers [ledger.ProgressQuery].
func (r *run) progress() (ledger.RunProgress, error) {
	l := r.ledger
	p := ledger.RunProgress{State: l.State, Cause: l.Cause, Back: r.end != nil && !r.end.keep,
		Counts: map[ledger.TaskState]int{}}
	var child *scopeRun
	for i := range l.Tasks {
		e := &l.Tasks[i]
		p.Counts[e.State]++
		p.Count(e)
		if of := r.childOf(i); of != nil && (e.State == ledger.TaskRunning || e.State == ledger.TaskReverting) {
			if of != child {
				p.Tasks = append(p.Tasks, r.childProgress(of, e))
			}
			child = of
		} else if t := e.Progress(); t != nil && !l.State.Final() {
			p.Tasks = append(p.Tasks, *t)
		}
	}
	p.Sum()
	return p, nil
}

// childProgress returns the progress of a scope, of which one task is e.
func (r *run) childProgress(s *scopeRun, e *ledger.Entry) ledger.TaskProgress {
	t := *e.Progress()
	t.Task, t.Child = s.scope.Path, true
	t.ID = r.childID(s.scope, e.Attempt)
	if t.Undo {
		t.ID = r.undoChildID(s.scope)
	}
	return t
}
