package sagatest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// UnmakeScope undoes all tasks of a scope at once.
func (a *tasks) UnmakeScope(_ context.Context, u saga.ScopeUndo) error {
	for _, e := range u.Tasks {
		a.s.drop(a.s.find(marked(e.Mark))...)
	}
	return nil
}

// nested is a flow with a scope that is tried three times and one that is undone
// as a whole.
func nested(ctx workflow.Context, in order) (made, error) {
	f := saga.NewFlow("nested")
	base := saga.Add(f, "base", makes, saga.Value(in))
	tried := f.Scope("tried", saga.Retrying(saga.Times(3)))
	a := saga.Add(tried, "a", makes, named("tried-a", base))
	b := saga.Add(tried, "b", makes, named("tried-b", a))
	whole := f.Scope("whole", saga.UndoneTogether(nobody.UnmakeScope, saga.Options{}))
	c := saga.Add(whole, "c", makes, named("whole-c", base))
	d := saga.Add(whole, "d", makes, named("whole-d", c))
	return saga.Run(ctx, f, saga.From2(b, d, func(b, _ made) made { return b }))
}

// A failure that lasts outlives the attempts of the scope, and all of it goes.
func TestScopesPass(t *testing.T) {
	r := Prove(t, Flow{Workflow: nested, Input: order{"x"}}, Start{Name: "clean", Open: openShelf})
	require.Len(t, r.Points, 5)
}

// pivoted is a flow that only goes forward once the middle has succeeded.
func pivoted(ctx workflow.Context, in order) (made, error) {
	f := saga.NewFlow("pivoted")
	before := saga.Add(f, "before", makes, saga.Value(in))
	saga.Add(f, "beside", makes, named("beside", before))
	middle := saga.Add(f, "middle", makes, named("middle", before), saga.Pivot())
	return saga.Run(ctx, f, saga.Add(f, "after", makes, named("after", middle)))
}

func TestAFlowWithAPivotPasses(t *testing.T) {
	r := Prove(t, Flow{Workflow: pivoted, Input: order{"x"}}, Start{Name: "clean", Open: openShelf})
	require.Len(t, r.Points, 4)
}
