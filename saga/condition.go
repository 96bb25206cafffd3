package saga

import "fmt"

// condition says whether a task or a scope is to run.
type condition struct {
	flow  *Flow
	needs []need
	holds func(*values) (bool, error)
}

func newCondition[T any](ref Ref[T], holds func(T) bool) *condition {
	return &condition{flow: ref.flow, needs: ref.needs, holds: func(v *values) (bool, error) {
		value, err := ref.get(v)
		return err == nil && holds(value), err
	}}
}

// When skips the task unless the value satisfies the predicate. What uses the
// result of a task that may be skipped must say so with [Optional].
func When[T any](ref Ref[T], holds func(T) bool) TaskOption {
	return func(t *task) {
		t.when = newCondition(ref, holds)
		if ref.flow != nil && ref.flow != t.scope.root {
			t.scope.problem("task %s: the condition comes from %s: use refs of this flow only", t.path, ref.flow.name)
			return
		}
		t.needs = union(t.needs, ref.needs)
	}
}

// WhenScope skips a scope with all its tasks unless the value satisfies the
// predicate.
func WhenScope[T any](ref Ref[T], holds func(T) bool) FlowOption {
	return func(f *Flow) {
		f.when = newCondition(ref, holds)
		f.follows(ref.flow, ref.needs, "the condition")
		if f.parent == nil {
			f.problem("%s: only a scope inside a flow can have a condition", f.label())
		}
	}
}

// unguarded names the tasks whose results a task uses although a condition may
// skip them and not the task.
func (f *Flow) unguarded(t *task) (problems []error) {
	if t.swapped {
		return nil
	}
	for _, n := range t.needs {
		maker := f.tasks[n.task]
		if n.result && maker.skippable(t.scope) {
			problems = append(problems, fmt.Errorf("task %s uses the result of %s, which a condition may skip: take it with saga.Optional, or put both in one scope", t.path, maker.path))
		}
	}
	return problems
}

// skippable reports whether the task can be skipped while tasks of the scope
// run.
func (t *task) skippable(scope *Flow) bool {
	if t.when != nil {
		return true
	}
	for s := t.scope; s != nil; s = s.parent {
		if s.when != nil && !s.contains(scope) {
			return true
		}
	}
	return false
}
