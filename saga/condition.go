package saga

import "novaflow/saga/internal/graph"

// addCondition returns the condition that holds if an earlier one does, which may be nil,
// and the value satisfies the predicate.
func addCondition[T any](earlier *graph.Condition, ref Ref[T], holds func(T) bool) *graph.Condition {
	c := &graph.Condition{Needs: ref.needs, Holds: func(v *graph.Values) (bool, error) {
		value, err := ref.get(v)
		return err == nil && holds(value), err
	}}
	if earlier == nil {
		return c
	}
	needs := graph.MergeNeeds(earlier.Needs, c.Needs)
	return &graph.Condition{Needs: needs, Holds: func(v *graph.Values) (bool, error) {
		if first, err := earlier.Holds(v); err != nil || !first {
			return false, err
		}
		return c.Holds(v)
	}}
}

// When skips the task unless the value satisfies the predicate. If a task has several
// conditions, all of them must hold. What uses the result of a task that may be skipped
// must say so with [Optional].
func When[T any](ref Ref[T], holds func(T) bool) TaskOption {
	return func(f *Flow, t *graph.Task) {
		t.When = addCondition(t.When, ref, holds)
		if holds == nil {
			f.problem("task %s: When is given a nil function", t.Path)
		}
		if problem := ref.problemIn(f); problem != "" {
			f.problem("task %s: the condition of When %s", t.Path, problem)
			return
		}
		t.Needs = graph.MergeNeeds(t.Needs, ref.needs)
	}
}

// WhenScope skips a scope with all its tasks unless the value satisfies the predicate. If
// a scope has several conditions, all of them must hold.
func WhenScope[T any](ref Ref[T], holds func(T) bool) FlowOption {
	return func(f *Flow) {
		f.scope.When = addCondition(f.scope.When, ref, holds)
		f.follows(ref.needs, "the condition of WhenScope", ref.problemIn(f))
		if holds == nil {
			f.problem("%s: WhenScope is given a nil function", f.scope.Label())
		}
		if f.isWhole() {
			f.problem("%s: only a scope inside a flow can have a condition", f.scope.Label())
		}
	}
}
