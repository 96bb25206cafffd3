package saga

import "reflect"

// ResultOf is the ref to the result of a task by its path, for changes to a
// flow that somebody else built.
func ResultOf[T any](f *Flow, path string) Ref[T] {
	i := f.root.position(path)
	if i < 0 || !f.root.tasks[i].gives(reflect.TypeFor[T]()) {
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
	t := f.root.tasks[i]
	if !t.gives(reflect.TypeFor[Out]()) || t.takes != reflect.TypeFor[In]() {
		f.problem("task %s: it takes %s and gives %s, and what shall replace it does not", path, t.takes, t.gave)
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
	target := f.root.tasks[i]
	added := Add(target.scope, name, a, in, options...)
	target.needs = union(target.needs, []need{{task: len(f.root.tasks) - 1}})
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
	target := f.root.tasks[i]
	added := Add(target.scope, name, a, in, options...)
	last := len(f.root.tasks) - 1
	for j, t := range f.root.tasks {
		if j != last && t.needsTask(i) {
			t.needs = union(t.needs, []need{{task: last}})
		}
	}
	f.root.tasks[last].needs = union(f.root.tasks[last].needs, []need{{task: i}})
	return added
}

// Swap replaces all of a scope by what build adds to it. Results that tasks
// outside use must be there again, under the same names and of the same types.
func Swap(f *Flow, path string, build func(scope *Flow)) {
	for _, s := range f.root.scopes {
		if s.path == path && s.parent != nil {
			s.swap(build)
			return
		}
	}
	f.problem("scope %s: there is none of this name to swap", path)
}

func (f *Flow) swap(build func(*Flow)) {
	for i, t := range f.root.tasks {
		if f.contains(t.scope) {
			t.swapped = true
			delete(f.root.taken, f.root.tasks[i].path)
		}
	}
	for _, s := range f.root.scopes {
		if s != f && f.contains(s) {
			delete(f.root.taken, s.path)
		}
	}
	f.root.swapped = len(f.root.tasks)
	build(f)
	f.root.swapped = 0
	for _, t := range f.root.tasks {
		for _, n := range t.needs {
			if maker := f.root.tasks[n.task]; maker.swapped && !t.swapped {
				f.problem("task %s uses task %s, which the new scope %s lacks", t.path, maker.path, f.path)
			}
		}
	}
}

// position is the index of the task at a path, or -1.
func (f *Flow) position(path string) int {
	for i, t := range f.tasks {
		if t.path == path && !t.swapped {
			return i
		}
	}
	return -1
}

func (t *task) gives(out reflect.Type) bool { return t.gave == out }

func (t *task) needsTask(i int) bool {
	for _, n := range t.needs {
		if n.task == i {
			return true
		}
	}
	return false
}
