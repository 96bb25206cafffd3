package saga_test

import (
	"fmt"
	"testing"

	"novaflow/saga"
)

// parts is a flow of so many scopes of 100 tasks, in layers of ten that need
// all of the layer before.
func parts(n int) (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("parts")
	all := f.Scope("all", saga.MaxConcurrent(5))
	var lasts []saga.Ref[thing]
	for i := range n {
		scope := all.Scope(fmt.Sprint("part-", i))
		var before []saga.Dependency
		var last saga.Ref[thing]
		for l := range 10 {
			var layer []saga.Dependency
			for w := range 10 {
				last = saga.Add(scope, fmt.Sprintf("step-%d-%d", l, w), makes, saga.Value(thing{Name: "x"}),
					saga.After(before...))
				layer = append(layer, last)
			}
			before = layer
		}
		lasts = append(lasts, last)
	}
	return f, add(f, "last", lasts...)
}

// BenchmarkBuild is the cost of building a flow, and of checking it.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("build=%d", n*100), func(b *testing.B) {
			for b.Loop() {
				parts(n)
			}
		})
		b.Run(fmt.Sprintf("check=%d", n*100), func(b *testing.B) {
			f, _ := parts(n)
			for b.Loop() {
				if err := f.Validate(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
