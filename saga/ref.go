package saga

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"novaflow/saga/internal/graph"
)

// Ref is a value that a run will have: a task's result, a constant, or
// something computed from other refs. Creating a ref runs nothing.
//
// The functions given to From, From2 and so on run inside the workflow. They
// must be deterministic and must not change what they are given or keep it.
type Ref[T any] struct {
	flow   *Flow                          // nil for a constant
	needs  []graph.Need                   // ascending by task
	within []*graph.Scope                 // their current alternatives give the value
	get    func(*graph.Values) (T, error) // nil: the ref is empty
	flaw   string                         // why it is empty, if that is known
}

// whyEmpty says what is wrong with an empty ref, or "".
func (r Ref[T]) whyEmpty() string {
	switch {
	case r.get != nil:
		return ""
	case r.flaw != "":
		return "an empty ref: " + r.flaw
	}
	return "an empty ref: create it with Value, From or Collect"
}

// problemIn says why a scope, or a task in it, cannot use the ref, or "".
func (r Ref[T]) problemIn(user *Flow) string {
	if why := r.whyEmpty(); why != "" {
		return "is " + why
	}
	if r.flow != nil && r.flow != user.root {
		return "comes from " + r.flow.name() + ": use refs of this flow only"
	}
	for _, s := range r.within {
		if !s.Contains(user.scope) && !r.waitsFor(s) {
			return "uses the alternative of " + s.Label() + ", which has a value only there: put this into the scope " +
				"too, or use the result of a task in it"
		}
	}
	return ""
}

// Value returns a ref to a constant.
func Value[T any](v T) Ref[T] {
	return Ref[T]{get: func(*graph.Values) (T, error) { return v, nil }}
}

// ThisRun returns a ref to the id of the run, see RunID.
func ThisRun() Ref[string] {
	return Ref[string]{get: func(v *graph.Values) (string, error) { return v.Run, nil }}
}

// From computes a ref from another.
func From[A, T any](a Ref[A], fn func(A) T) Ref[T] {
	if fn == nil {
		return nilFunction[T]("From")
	}
	if a.get == nil {
		return Ref[T]{flaw: a.flaw} // found when the flow is checked
	}
	return Ref[T]{flow: a.flow, needs: a.needs, within: a.within, get: func(v *graph.Values) (T, error) {
		va, err := a.get(v)
		if err != nil {
			return *new(T), err
		}
		return fn(va), nil
	}}
}

// From2 computes a ref from two others.
func From2[A, B, T any](a Ref[A], b Ref[B], fn func(A, B) T) Ref[T] {
	if fn == nil {
		return nilFunction[T]("From2")
	}
	return From(pairRefs(a, b), func(p both[A, B]) T { return fn(p.a, p.b) })
}

// From3 computes a ref from three others.
func From3[A, B, C, T any](a Ref[A], b Ref[B], c Ref[C], fn func(A, B, C) T) Ref[T] {
	if fn == nil {
		return nilFunction[T]("From3")
	}
	return From(pairRefs(pairRefs(a, b), c), func(p both[both[A, B], C]) T { return fn(p.a.a, p.a.b, p.b) })
}

// From4 computes a ref from four others.
func From4[A, B, C, D, T any](a Ref[A], b Ref[B], c Ref[C], d Ref[D], fn func(A, B, C, D) T) Ref[T] {
	if fn == nil {
		return nilFunction[T]("From4")
	}
	return From(pairRefs(pairRefs(a, b), pairRefs(c, d)), func(p both[both[A, B], both[C, D]]) T {
		return fn(p.a.a, p.a.b, p.b.a, p.b.b)
	})
}

// nilFunction returns the empty ref of a function that is missing.
func nilFunction[T any](name string) Ref[T] { return Ref[T]{flaw: name + " is given a nil function"} }

// Collect turns many refs into one ref to the slice of their values, in order.
func Collect[T any](refs []Ref[T]) Ref[[]T] {
	all := Ref[[]T]{get: func(v *graph.Values) ([]T, error) {
		out := make([]T, len(refs))
		for i, ref := range refs {
			var err error
			if out[i], err = ref.get(v); err != nil {
				return nil, err
			}
		}
		return out, nil
	}}
	for _, ref := range refs {
		if ref.get == nil {
			return Ref[[]T]{flaw: ref.flaw}
		}
		all.within = joinScopes(all.within, ref.within)
		all.flow, all.needs = joinFlows(all.flow, ref.flow), graph.MergeNeeds(all.needs, ref.needs)
	}
	return all
}

// Optional returns a ref to a value that may be missing, because a condition may skip the
// task that produces it: then it is nil. Only a ref from Optional may leave the reach
// of the condition.
func Optional[T any](a Ref[T]) Ref[*T] {
	if a.get == nil {
		return Ref[*T]{flaw: a.flaw}
	}
	needs := make([]graph.Need, len(a.needs))
	for i, n := range a.needs {
		needs[i] = graph.Need{Task: n.Task}
	}
	return Ref[*T]{flow: a.flow, needs: needs, within: a.within, get: func(v *graph.Values) (*T, error) {
		for _, n := range a.needs {
			if n.Result && v.Results[n.Task] == nil {
				return nil, nil
			}
		}
		value, err := a.get(v)
		return &value, err
	}}
}

type both[A, B any] struct {
	a A
	b B
}

// pairRefs returns one ref of two.
func pairRefs[A, B any](a Ref[A], b Ref[B]) Ref[both[A, B]] {
	if a.get == nil || b.get == nil {
		return Ref[both[A, B]]{flaw: cmp.Or(a.flaw, b.flaw)}
	}
	return Ref[both[A, B]]{
		flow:   joinFlows(a.flow, b.flow),
		needs:  graph.MergeNeeds(a.needs, b.needs),
		within: joinScopes(a.within, b.within),
		get: func(v *graph.Values) (both[A, B], error) {
			va, err := a.get(v)
			if err != nil {
				return both[A, B]{}, err
			}
			vb, err := b.get(v)
			return both[A, B]{va, vb}, err
		},
	}
}

// mixed stands for the flow of a ref that was computed from refs of two flows.
var mixed = newMixed()

// newMixed returns the flow that stands for two.
func newMixed() *Flow {
	f := &Flow{graph: &graph.Flow{Scope: graph.Scope{Name: "two flows at once"}}}
	f.root = f
	return f
}

// joinFlows returns the flow of a ref that is computed from refs of two flows, of which
// either may be nil.
func joinFlows(a, b *Flow) *Flow {
	switch {
	case a == nil || a == b:
		return b
	case b == nil:
		return a
	}
	return mixed
}

// waitsFor reports whether what uses the ref waits for a scope, so that it sees the
// alternative which the scope ended with.
func (r Ref[T]) waitsFor(s *graph.Scope) bool {
	return slices.ContainsFunc(r.needs, func(n graph.Need) bool { return s.Contains(r.flow.graph.Tasks[n.Task].Scope) })
}

// joinScopes returns the scopes of two lists, each once. The lists stay as they are.
func joinScopes(a, b []*graph.Scope) []*graph.Scope {
	if len(a) == 0 {
		return b
	}
	joined := slices.Clip(a)
	for _, s := range b {
		if !slices.Contains(joined, s) {
			joined = append(joined, s)
		}
	}
	return joined
}

// taskResult returns the ref to the result of the task at a position.
func taskResult[T any](root *Flow, position int) Ref[T] {
	return Ref[T]{flow: root, needs: []graph.Need{{Task: position, Result: true}},
		get: func(v *graph.Values) (T, error) {
			var out T
			if v.Results[position] == nil {
				return out, fmt.Errorf("task %s has no result, as it was skipped", root.graph.Tasks[position].Path)
			}
			if err := json.Unmarshal(v.Results[position], &out); err != nil {
				return out, fmt.Errorf("result of task %s: %w", root.graph.Tasks[position].Path, err)
			}
			return out, nil
		}}
}
