package saga

import "reflect"

// ResultOf is the ref to the result of a task by its path, for changes to a
// flow that somebody else built.
func ResultOf[T any](f *Flow, path string) Ref[T] {
	i := f.root.position(path)
	if i < 0 || !f.root.Nodes[i].hasResult(reflect.TypeFor[T]()) {
		f.problem("task %s: there is none of this name whose result is %s", path, reflect.TypeFor[T]())
		return Ref[T]{}
	}
	return taskResult[T](f.root, i)
}

// Replace gives a task another action with the same input and result.
func Replace[In, Out any](f *Flow, path string, a Action[In, Out]) {
	i := f.root.position(path)
	if i < 0 {
		f.problem("task %s: there is none of this name to replace", path)
		return
	}
	t := f.root.Nodes[i]
	if !t.hasResult(reflect.TypeFor[Out]()) || t.Takes != reflect.TypeFor[In]() {
		f.problem("task %s: it takes %s and gives %s, and what shall replace it does not", path, t.Takes, t.Gives)
		return
	}
	setAction(t, a)
	t.check(a.problem(), nil, false)
}

// InsertBefore adds a task that must be done before the task at a path begins.
func InsertBefore[In, Out any](f *Flow, path, name string, a Action[In, Out], in Ref[In], options ...TaskOption) Ref[Out] {
	i := f.root.position(path)
	if i < 0 {
		f.problem("task %s: there is none of this name to insert %s before", path, name)
		return Ref[Out]{}
	}
	target := f.root.Nodes[i]
	added := Add(target.Scope, name, a, in, options...)
	target.Needs = MergeNeeds(target.Needs, []Need{{Task: len(f.root.Nodes) - 1}})
	return added
}

// InsertAfter adds a task behind the task at a path: whatever waits for that
// one waits for the new one too.
func InsertAfter[In, Out any](f *Flow, path, name string, a Action[In, Out], in Ref[In], options ...TaskOption) Ref[Out] {
	i := f.root.position(path)
	if i < 0 {
		f.problem("task %s: there is none of this name to insert %s after", path, name)
		return Ref[Out]{}
	}
	target := f.root.Nodes[i]
	added := Add(target.Scope, name, a, in, options...)
	last := len(f.root.Nodes) - 1
	for j, t := range f.root.Nodes {
		if j != last && t.needsTask(i) {
			t.Needs = MergeNeeds(t.Needs, []Need{{Task: last}})
		}
	}
	f.root.Nodes[last].Needs = MergeNeeds(f.root.Nodes[last].Needs, []Need{{Task: i}})
	return added
}

// Swap replaces all of a scope by what build adds to it. Results that tasks
// outside use must be there again, under the same names and of the same types.
func Swap(f *Flow, path string, build func(scope *Flow)) {
	for _, s := range f.root.Scopes {
		if s.Path == path && s.Parent != nil {
			s.swap(build)
			return
		}
	}
	f.problem("scope %s: there is none of this name to swap", path)
}

func (f *Flow) swap(build func(*Flow)) {
	for i, t := range f.root.Nodes {
		if f.Contains(t.Scope) {
			t.Swapped = true
			delete(f.root.taken, f.root.Nodes[i].Path)
		}
	}
	for _, s := range f.root.Scopes {
		if s != f && f.Contains(s) {
			delete(f.root.taken, s.Path)
		}
	}
	f.root.swapped = len(f.root.Nodes)
	build(f)
	f.root.swapped = 0
	for _, t := range f.root.Nodes {
		for _, n := range t.Needs {
			if maker := f.root.Nodes[n.Task]; maker.Swapped && !t.Swapped {
				f.problem("task %s uses task %s, which the new scope %s lacks", t.Path, maker.Path, f.Path)
			}
		}
	}
}

// position is the index of the task at a path, or -1.
func (f *Flow) position(path string) int {
	for i, t := range f.Nodes {
		if t.Path == path && !t.Swapped {
			return i
		}
	}
	return -1
}

func (t *Task) hasResult(out reflect.Type) bool { return t.Gives == out }

func (t *Task) needsTask(i int) bool {
	for _, n := range t.Needs {
		if n.Task == i {
			return true
		}
	}
	return false
}
