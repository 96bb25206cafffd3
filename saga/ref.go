package saga

import (
	"encoding/json"
	"fmt"
)

// Ref is a value that a run will have: a task's result, a constant, or
// something computed from other refs. Making a ref runs nothing.
//
// The functions given to From, From2 and so on run inside the workflow. They
// must be deterministic and must not change what they are given or keep it.
type Ref[T any] struct {
	flow  *Flow // nil for a constant
	needs []int // tasks that must have succeeded, ascending by position in the flow
	get   func(results) (T, error)
}

// results holds each task's result as JSON, by position. Every reader decodes
// its own copy, so that no task can change what another one sees.
type results []json.RawMessage

// Value is a ref to a constant.
func Value[T any](v T) Ref[T] {
	return Ref[T]{get: func(results) (T, error) { return v, nil }}
}

// From computes a ref from another.
func From[A, T any](a Ref[A], fn func(A) T) Ref[T] {
	return Ref[T]{flow: a.flow, needs: a.needs, get: func(r results) (T, error) {
		va, err := a.get(r)
		if err != nil {
			return *new(T), err
		}
		return fn(va), nil
	}}
}

// From2 computes a ref from two others.
func From2[A, B, T any](a Ref[A], b Ref[B], fn func(A, B) T) Ref[T] {
	return From(pair(a, b), func(p both[A, B]) T { return fn(p.a, p.b) })
}

// From3 computes a ref from three others.
func From3[A, B, C, T any](a Ref[A], b Ref[B], c Ref[C], fn func(A, B, C) T) Ref[T] {
	return From(pair(pair(a, b), c), func(p both[both[A, B], C]) T { return fn(p.a.a, p.a.b, p.b) })
}

// From4 computes a ref from four others.
func From4[A, B, C, D, T any](a Ref[A], b Ref[B], c Ref[C], d Ref[D], fn func(A, B, C, D) T) Ref[T] {
	return From(pair(pair(a, b), pair(c, d)), func(p both[both[A, B], both[C, D]]) T {
		return fn(p.a.a, p.a.b, p.b.a, p.b.b)
	})
}

// Collect turns many refs into one ref to the slice of their values, in order.
func Collect[T any](refs []Ref[T]) Ref[[]T] {
	all := Ref[[]T]{get: func(r results) ([]T, error) {
		values := make([]T, len(refs))
		for i, ref := range refs {
			v, err := ref.get(r)
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
		return values, nil
	}}
	for _, ref := range refs {
		all.flow, all.needs = joinFlows(all.flow, ref.flow), union(all.needs, ref.needs)
	}
	return all
}

type both[A, B any] struct {
	a A
	b B
}

func pair[A, B any](a Ref[A], b Ref[B]) Ref[both[A, B]] {
	return Ref[both[A, B]]{
		flow:  joinFlows(a.flow, b.flow),
		needs: union(a.needs, b.needs),
		get: func(r results) (both[A, B], error) {
			va, err := a.get(r)
			if err != nil {
				return both[A, B]{}, err
			}
			vb, err := b.get(r)
			return both[A, B]{va, vb}, err
		},
	}
}

// mixed stands for the flow of a ref that was computed from refs of two flows.
var mixed = &Flow{name: "two flows at once"}

func joinFlows(a, b *Flow) *Flow {
	switch {
	case a == nil || a == b:
		return b
	case b == nil:
		return a
	}
	return mixed
}

// union merges two ascending lists without doubles.
func union(a, b []int) []int {
	var out []int
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// taskResult is the ref to the result of the task at a position.
func taskResult[T any](f *Flow, position int) Ref[T] {
	return Ref[T]{flow: f, needs: []int{position}, get: func(r results) (T, error) {
		var v T
		if err := json.Unmarshal(r[position], &v); err != nil {
			return v, fmt.Errorf("result of task %s: %w", f.tasks[position].name, err)
		}
		return v, nil
	}}
}
