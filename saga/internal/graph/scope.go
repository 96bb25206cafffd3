package graph

// Label names the scope for people.
func (s *Scope) Label() string {
	if s.Parent == nil {
		return "flow " + s.Name
	}
	return "scope " + s.Path
}

// Contains reports whether the scope is inner or around inner.
func (s *Scope) Contains(inner *Scope) bool {
	for ; inner != nil; inner = inner.Parent {
		if inner == s {
			return true
		}
	}
	return false
}

// Holds does what Contains does, for a scope that may be nil.
func (s *Scope) Holds(inner *Scope) bool { return s != nil && s.Contains(inner) }

// InChild returns the outermost scope around s that runs as a child, or nil.
func (s *Scope) InChild() (out *Scope) {
	for ; s != nil; s = s.Parent {
		if s.Child {
			out = s
		}
	}
	return out
}

// UndoneTogether returns the outermost scope around s and inside halted whose tasks are
// undone by one operation, or nil.
func (s *Scope) UndoneTogether(halted *Scope) (out *Scope) {
	for ; s != nil && halted.Contains(s); s = s.Parent {
		if s.Together != nil || s.Child {
			out = s
		}
	}
	return out
}

// ForeignScope returns the outermost scope around maker that is not around user too, or
// nil.
func ForeignScope(maker, user *Scope) (out *Scope) {
	for s := maker; s != nil && !s.Contains(user); s = s.Parent {
		out = s
	}
	return out
}
