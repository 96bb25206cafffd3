package saga

import (
	"fmt"
	"time"

	"novaflow/saga/internal/engine"
	"novaflow/saga/internal/graph"
)

// Decision is what a retry policy says. Its zero value is GiveUp.
type Decision struct{ graph graph.Decision }

// Again undoes the scope, waits, and runs it once more with new marks.
func Again(after time.Duration) Decision {
	return Decision{graph.Decision{Verdict: graph.VerdictAgain, After: after}}
}

// GiveUp asks the scope around. If none of them retries, everything is undone.
func GiveUp() Decision { return Decision{} }

// Abort undoes everything at once, whatever the scopes around would say.
func Abort() Decision { return Decision{graph.Decision{Verdict: graph.VerdictAbort}} }

// Retrying gives a scope a retry policy. A retry first undoes the scope. A scope created
// with [ForEach] has a policy already.
func Retrying(policy Retry) FlowOption {
	return func(f *Flow) {
		if policy == nil {
			f.problem("%s: Retrying is given a nil policy", f.scope.Label())
			return
		}
		f.scope.Retry = func(_ *graph.Values, failures []Failure) (graph.Decision,
			error) {
			return policy(failures).graph, nil
		}
		f.policy = policy
	}
}

// Retry decides after each failed attempt at a scope. It is given the failures
// of all attempts so far, the newest last, and must be deterministic. They are
// counted anew when a scope around is tried again. A panic in it undoes
// everything.
type Retry func(failures []Failure) Decision

// Times allows n attempts in all, with a pause between them that begins at one
// second and doubles up to a minute.
func Times(n int) Retry {
	return func(failures []Failure) Decision {
		if len(failures) >= n {
			return GiveUp()
		}
		return Again(Backoff(len(failures)))
	}
}

// Backoff returns the usual pause before the next attempt when n have failed.
func Backoff(n int) time.Duration {
	d := engine.FirstRetry
	for ; n > 1 && d < engine.SlowestRetry; n-- {
		d *= 2
	}
	return min(d, engine.SlowestRetry)
}

// ForEach adds a scope that is tried with one value after the other, such as
// availability zones or flavors, until an attempt succeeds. The ref is to the
// value of the current attempt. Outside of the scope, use it together with the result of
// a task in the scope, so that it is the value which the scope ended with.
func ForEach[T any](f *Flow, name string, alternatives []T, options ...FlowOption) (*Flow, Ref[T]) {
	return ForEachRef(f, name, Value(alternatives), options...)
}

// TryNextIf lets a scope of alternatives take the next one only after a failure for
// which it holds, such as "no capacity". After any other the scope gives up: the next
// alternative would fail in the same way.
func TryNextIf(holds func(Failure) bool) FlowOption {
	return func(f *Flow) {
		f.tryNextIf = holds
		if holds == nil {
			f.problem("%s: TryNextIf is given a nil function", f.scope.Label())
		}
	}
}

// ForEachRef does what ForEach does, over a list that the run has yet to find out.
func ForEachRef[T any](f *Flow, name string, alternatives Ref[[]T], options ...FlowOption) (*Flow, Ref[T]) {
	scope := f.Scope(name, options...)
	scope.follows(alternatives.needs, "the list of alternatives of ForEachRef", alternatives.problemIn(scope))
	if scope.policy != nil {
		f.problem("%s: ForEach decides itself whether to try again, so Retrying has no effect: put what should be "+
			"retried into a scope inside it or around it", scope.scope.Label())
		scope.policy = nil
	}
	scope.scope.Alternatives = true
	scope.scope.Retry = func(v *graph.Values, failures []Failure) (graph.Decision, error) {
		all, err := alternatives.get(v)
		if err != nil || len(failures) >= len(all) || scope.tryNextIf != nil &&
			!scope.tryNextIf(failures[len(failures)-1]) {
			return GiveUp().graph, err
		}
		return Again(0).graph, nil
	}
	within := joinScopes(alternatives.within, []*graph.Scope{scope.scope})
	current := Ref[T]{flow: f.root, needs: alternatives.needs, within: within, get: func(v *graph.Values) (T, error) {
		all, err := alternatives.get(v)
		if n := v.Attempts[scope.scope.Slot]; err == nil && n > len(all) {
			err = fmt.Errorf("scope %s has %d alternatives and no further one", scope.scope.Path, len(all))
		} else if err == nil {
			return all[n-1], nil
		}
		return *new(T), err
	}}
	return scope, current
}
