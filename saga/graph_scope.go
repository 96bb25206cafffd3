package saga

func (f *Scope) Label() string {
	if f.Parent == nil {
		return "flow " + f.Name
	}
	return "scope " + f.Path
}

// Contains reports whether the scope is s or around s.
func (f *Scope) Contains(s *Scope) bool {
	for ; s != nil; s = s.Parent {
		if s == f {
			return true
		}
	}
	return false
}

// Holds is contains for a scope that may be nil.
func (f *Scope) Holds(s *Scope) bool { return f != nil && f.Contains(s) }

// InChild is the outermost scope around s that runs as a child, or nil.
func (s *Scope) InChild() (out *Scope) {
	for ; s != nil; s = s.Parent {
		if s.Child {
			out = s
		}
	}
	return out
}

// UndoneTogether is the outermost scope around s and inside halted whose tasks
// are undone by one operation, or nil.
func (s *Scope) UndoneTogether(halted *Scope) (out *Scope) {
	for ; s != nil && halted.Contains(s); s = s.Parent {
		if s.Together != nil || s.Child {
			out = s
		}
	}
	return out
}

// ForeignScope is the outermost scope around maker that is not around user too,
// or nil.
func ForeignScope(maker, user *Scope) (out *Scope) {
	for s := maker; s != nil && !s.Contains(user); s = s.Parent {
		out = s
	}
	return out
}
