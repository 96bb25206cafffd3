package saga

import "fmt"

// Condition says whether a task or a scope is to run.
type Condition struct {
	flow  *Flow
	Needs []Need
	Holds func(*Values) (bool, error)
}

func newCondition[T any](ref Ref[T], holds func(T) bool) *Condition {
	return &Condition{flow: ref.flow, Needs: ref.needs, Holds: func(v *Values) (bool, error) {
		value, err := ref.get(v)
		return err == nil && holds(value), err
	}}
}

// When skips the task unless the value satisfies the predicate. What uses the
// result of a task that may be skipped must say so with [Optional].
func When[T any](ref Ref[T], holds func(T) bool) TaskOption {
	return func(t *Task) {
		t.When = newCondition(ref, holds)
		if ref.flow != nil && ref.flow != t.Scope.root {
			t.Scope.problem("task %s: the condition comes from %s: use refs of this flow only", t.Path, ref.flow.Name)
			return
		}
		t.Needs = MergeNeeds(t.Needs, ref.needs)
	}
}

// WhenScope skips a scope with all its tasks unless the value satisfies the
// predicate.
func WhenScope[T any](ref Ref[T], holds func(T) bool) FlowOption {
	return func(f *Flow) {
		f.When = newCondition(ref, holds)
		f.follows(ref.flow, ref.needs, "the condition")
		if f.Parent == nil {
			f.problem("%s: only a scope inside a flow can have a condition", f.Label())
		}
	}
}

// unguarded names the tasks whose results a task uses although a condition may
// skip them and not the task.
func (f *Flow) unguarded(t *Task) (problems []error) {
	if t.Swapped {
		return nil
	}
	for _, n := range t.Needs {
		maker := f.Nodes[n.Task]
		if n.Result && maker.skippable(t.Scope) {
			problems = append(problems, fmt.Errorf("task %s uses the result of %s, which a condition may skip: take it with saga.Optional, or put both in one scope", t.Path, maker.Path))
		}
	}
	return problems
}

// skippable reports whether the task can be skipped while tasks of the scope
// run.
func (t *Task) skippable(scope *Flow) bool {
	if t.When != nil {
		return true
	}
	for s := t.Scope; s != nil; s = s.Parent {
		if s.When != nil && !s.Contains(scope) {
			return true
		}
	}
	return false
}
