package saga

import "novaflow/saga/internal/graph"

func newCondition[T any](ref Ref[T], holds func(T) bool) *graph.Condition {
	return &graph.Condition{Needs: ref.needs, Holds: func(v *graph.Values) (bool, error) {
		value, err := ref.get(v)
		return err == nil && holds(value), err
	}}
}

// When skips the task unless the value satisfies the predicate. What uses the
// result of a task that may be skipped must say so with [Optional].
func When[T any](ref Ref[T], holds func(T) bool) TaskOption {
	return func(f *Flow, t *graph.Task) {
		t.When = newCondition(ref, holds)
		if ref.flow != nil && ref.flow != f.root {
			f.problem("task %s: the condition comes from %s: use refs of this flow only", t.Path, ref.flow.name())
			return
		}
		t.Needs = graph.MergeNeeds(t.Needs, ref.needs)
	}
}

// WhenScope skips a scope with all its tasks unless the value satisfies the
// predicate.
func WhenScope[T any](ref Ref[T], holds func(T) bool) FlowOption {
	return func(f *Flow) {
		f.scope.When = newCondition(ref, holds)
		f.follows(ref.flow, ref.needs, "the condition")
		if f.isWhole() {
			f.problem("%s: only a scope inside a flow can have a condition", f.scope.Label())
		}
	}
}
