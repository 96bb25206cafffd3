package saga

// progress answers [ProgressQuery].
func (r *run) progress() (RunProgress, error) {
	l := r.ledger
	p := RunProgress{State: l.State, Cause: l.Cause, Back: r.end != nil && !r.end.keep, Counts: map[TaskState]int{}}
	var child *scopeRun
	for i := range l.Tasks {
		e := &l.Tasks[i]
		p.Counts[e.State]++
		p.Count(e)
		if of := r.childOf(i); of != nil && (e.State == TaskRunning || e.State == TaskReverting) {
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

// childProgress is that of a scope, of which one task is e.
func (r *run) childProgress(s *scopeRun, e *Entry) TaskProgress {
	t := *e.Progress()
	t.Task, t.Child = s.scope.Path, true
	t.ID = r.childID(s.scope, e.Attempt)
	if t.Undo {
		t.ID = r.undoChildID(s.scope)
	}
	return t
}
