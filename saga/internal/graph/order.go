package graph

// Order lists the tasks so that each comes after all that it needs. That is the order in
// which they were added, except for tasks that were inserted before others.
func (f *Flow) Order() (sorted []int) {
	seen := make([]bool, len(f.Tasks))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, n := range f.Tasks[i].AllNeeds() {
			visit(n.Task)
		}
		sorted = append(sorted, i)
	}
	for i := range f.Tasks {
		visit(i)
	}
	return sorted
}

// MergeNeeds merges two ascending lists, which stay as they are: they may be shared.
// A task in both comes once, and its result is used if either uses it.
func MergeNeeds(a, b []Need) []Need {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	out := make([]Need, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Task < b[0].Task:
			out, a = append(out, a[0]), a[1:]
		case a[0].Task > b[0].Task:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, Need{Task: a[0].Task, Result: a[0].Result || b[0].Result})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// ScopeAt returns the scope at a path, or nil.
func (f *Flow) ScopeAt(path string) *Scope {
	for _, s := range f.Scopes {
		if s.Path == path {
			return s
		}
	}
	return nil
}
