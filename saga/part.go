package saga

// partOf is the flow that a child workflow runs: one scope of the flow, with all
// in it. The scopes around it have no policies there: those are the parent's
// affair. Tasks and scopes keep their slots, by which the functions of the
// flow's author find values. The flow itself stays as it is: children share it.
func (f *Flow) partOf(scope *Flow) (part, own *Flow) {
	root := *f
	root.whole, root.tasks, root.scopes = f, nil, nil
	copies := map[*Flow]*Flow{}
	for _, s := range f.scopes {
		if s != f && !s.contains(scope) && !scope.contains(s) {
			continue
		}
		c := &root
		if s != f {
			c = s.copyInto(&root, copies[s.parent])
		}
		c.root, c.index = &root, len(root.scopes)
		copies[s] = c
		root.scopes = append(root.scopes, c)
	}
	root.takeTasks(f, scope, copies)
	for _, s := range f.scopes {
		if c := copies[s]; c != nil && s.contains(scope) {
			c.retry, c.policy, c.when, c.together, c.needs, c.width, c.child = nil, nil, nil, nil, nil, 0, false
			if s != f {
				c.deadline = 0 // the run's own stays: it holds for a child whose parent is gone
			}
		}
	}
	own = copies[scope]
	own.width, own.together, root.await = scope.width, scope.together, scope.await
	return &root, own
}

// copyInto is a scope for another flow.
func (f *Flow) copyInto(root, parent *Flow) *Flow {
	c := *f
	c.parent, c.root = parent, root
	return &c
}

// takeTasks takes the tasks of a scope over from the whole flow. What they need
// from outside is done when the child begins.
func (f *Flow) takeTasks(whole, scope *Flow, copies map[*Flow]*Flow) {
	position := map[int]int{} // in the part, of tasks of the whole
	for i, t := range whole.tasks {
		if scope.contains(t.scope) && !t.swapped {
			position[i] = len(f.tasks)
			c := *t
			c.scope = copies[t.scope]
			f.tasks = append(f.tasks, &c)
		}
	}
	inside := func(needs []need) (out []need) {
		for _, n := range needs {
			if i, ok := position[n.task]; ok {
				out = append(out, need{task: i, result: n.result})
			}
		}
		return out
	}
	for _, t := range f.tasks {
		t.needs, t.when = inside(t.needs), t.when.within(inside)
	}
	for _, s := range f.scopes {
		s.needs, s.when = inside(s.needs), s.when.within(inside)
	}
}

// within is a condition whose needs are those of a part of the flow.
func (c *condition) within(inside func([]need) []need) *condition {
	if c == nil {
		return nil
	}
	return &condition{flow: c.flow, needs: inside(c.needs), holds: c.holds}
}

// all is the flow as its author built it, of which this may be a part.
func (f *Flow) all() *Flow {
	if f.whole != nil {
		return f.whole
	}
	return f
}
