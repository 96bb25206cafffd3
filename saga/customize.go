package saga

import (
	"reflect"

	"novaflow/saga/internal/graph"
)

// ResultOf returns the ref to the result of a task by its path, for changes to a flow
// of another package.
func ResultOf[T any](f *Flow, path string) Ref[T] {
	i := f.root.position(path)
	if i < 0 || f.root.graph.Tasks[i].Gives != reflect.TypeFor[T]() {
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
	t := f.root.graph.Tasks[i]
	if t.Gives != reflect.TypeFor[Out]() || t.Takes != reflect.TypeFor[In]() {
		f.problem("task %s: it takes %s and gives %s, and what shall replace it does not", path, t.Takes, t.Gives)
		return
	}
	setAction(t, a)
	f.root.checkTask(t, a.problem(), "")
}

// InsertBefore adds a task that must be done before the task at a path begins.
func InsertBefore[In, Out any](f *Flow, path, name string, a Action[In, Out], in Ref[In],
	options ...TaskOption) Ref[Out] {
	i := f.root.position(path)
	if i < 0 {
		f.problem("task %s: there is none of this name to insert %s before", path, name)
		return Ref[Out]{}
	}
	target := f.root.graph.Tasks[i]
	added := Add(f.root.scopes[target.Scope.Index], name, a, in, options...)
	target.Needs = graph.MergeNeeds(target.Needs, []graph.Need{{Task: len(f.root.graph.Tasks) - 1}})
	return added
}

// InsertAfter adds a task behind the task at a path: whatever waits for that
// one waits for the new one too.
func InsertAfter[In, Out any](f *Flow, path, name string, a Action[In, Out], in Ref[In],
	options ...TaskOption) Ref[Out] {
	i := f.root.position(path)
	if i < 0 {
		f.problem("task %s: there is none of this name to insert %s after", path, name)
		return Ref[Out]{}
	}
	target := f.root.graph.Tasks[i]
	added := Add(f.root.scopes[target.Scope.Index], name, a, in, options...)
	last := len(f.root.graph.Tasks) - 1
	for j, t := range f.root.graph.Tasks {
		if j != last && needsTask(t, i) {
			t.Needs = graph.MergeNeeds(t.Needs, []graph.Need{{Task: last}})
		}
	}
	f.root.graph.Tasks[last].Needs = graph.MergeNeeds(f.root.graph.Tasks[last].Needs, []graph.Need{{Task: i}})
	return added
}

// Swap replaces all of a scope by what build adds to it. Results that tasks
// outside use must be there again, under the same names and of the same types.
func Swap(f *Flow, path string, build func(scope *Flow)) {
	for _, s := range f.root.scopes {
		if s.scope.Path == path && !s.isWhole() {
			s.swap(build)
			return
		}
	}
	f.problem("scope %s: there is none of this name to swap", path)
}

func (f *Flow) swap(build func(*Flow)) {
	for i, t := range f.root.graph.Tasks {
		if f.scope.Contains(t.Scope) {
			t.Swapped = true
			delete(f.root.taken, f.root.graph.Tasks[i].Path)
		}
	}
	for _, s := range f.root.graph.Scopes {
		if s != f.scope && f.scope.Contains(s) {
			delete(f.root.taken, s.Path)
		}
	}
	f.root.swapped = len(f.root.graph.Tasks)
	build(f)
	f.root.swapped = 0
	for _, t := range f.root.graph.Tasks {
		for _, n := range t.Needs {
			if maker := f.root.graph.Tasks[n.Task]; maker.Swapped && !t.Swapped {
				f.problem("task %s uses task %s, which the new scope %s lacks", t.Path, maker.Path, f.scope.Path)
			}
		}
	}
}

// needsTask reports whether a task waits for another one.
func needsTask(t *graph.Task, i int) bool {
	for _, n := range t.Needs {
		if n.Task == i {
			return true
		}
	}
	return false
}
