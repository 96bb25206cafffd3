package graph

// PartOf copies the part of the flow that a child workflow runs: one scope with all that
// is in it. The scopes around it have no policies in the copy, because the parent applies
// them. Tasks and scopes keep their slots, by which the functions of the flow's author
// find values. The flow itself stays as it is: children share it.
func (f *Flow) PartOf(scope *Scope) (part *Flow, own *Scope) {
	root := *f
	root.Whole, root.Tasks, root.Scopes = f, nil, nil
	copies := map[*Scope]*Scope{}
	for _, s := range f.Scopes {
		if s != &f.Scope && !s.Contains(scope) && !scope.Contains(s) {
			continue
		}
		c := &root.Scope
		if s != &f.Scope {
			c = s.copyInto(copies[s.Parent])
		}
		c.Index = len(root.Scopes)
		copies[s] = c
		root.Scopes = append(root.Scopes, c)
	}
	root.takeTasks(f, scope, copies)
	for _, s := range f.Scopes {
		if c := copies[s]; c != nil && s.Contains(scope) {
			c.Retry, c.When, c.Together, c.Needs, c.MaxConcurrent, c.Child = nil, nil, nil, nil, 0, false
			if s != &f.Scope {
				c.Deadline = 0 // the run's own stays: it holds for a child whose parent is gone
			}
		}
	}
	own = copies[scope]
	own.MaxConcurrent, own.Together, root.AwaitSiblings = scope.MaxConcurrent, scope.Together, scope.AwaitSiblings
	return &root, own
}

// copyInto copies a scope for another flow.
func (s *Scope) copyInto(parent *Scope) *Scope {
	c := *s
	c.Parent = parent
	return &c
}

// takeTasks copies the tasks of a scope from the whole flow. What they need from outside
// is done when the child begins.
func (f *Flow) takeTasks(whole *Flow, scope *Scope, copies map[*Scope]*Scope) {
	position := map[int]int{} // in the part, of tasks of the whole
	for i, t := range whole.Tasks {
		if scope.Contains(t.Scope) && !t.Swapped {
			position[i] = len(f.Tasks)
			c := *t
			c.Scope = copies[t.Scope]
			f.Tasks = append(f.Tasks, &c)
		}
	}
	inside := func(needs []Need) (out []Need) {
		for _, n := range needs {
			if i, ok := position[n.Task]; ok {
				out = append(out, Need{Task: i, Result: n.Result})
			}
		}
		return out
	}
	for _, t := range f.Tasks {
		t.Needs, t.When = inside(t.Needs), t.When.within(inside)
	}
	for _, s := range f.Scopes {
		s.Needs, s.When = inside(s.Needs), s.When.within(inside)
	}
}

// within copies a condition with those of its needs that are in a part of the flow.
func (c *Condition) within(inside func([]Need) []Need) *Condition {
	if c == nil {
		return nil
	}
	return &Condition{Needs: inside(c.Needs), Holds: c.Holds}
}

// All returns the flow as its author built it, of which this may be a part.
func (f *Flow) All() *Flow {
	if f.Whole != nil {
		return f.Whole
	}
	return f
}
