package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// nested has a child workflow that has one of its own.
var nested = saga.Define("nested", func(in struct{}) (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("nested", saga.Deadline(5*time.Minute))
	outer := f.Scope("outer", saga.AsChild())
	deep := add(outer.Scope("inner", saga.AsChild()), "deep", add(outer, "first"))
	return f, add(f, "last", add(outer, "then", deep))
})

func runNested(ctx workflow.Context, in struct{}) (thing, error) { return nested.Run(ctx, in) }

// A child in a child began the scope around it as a child of its own, which began it, and
// so on without end.
func TestAChildInAChildRunsItsOwnScope(t *testing.T) {
	for _, fails := range []int{0, -1} {
		p := newPlay(t)
		p.env.RegisterWorkflow(runNested)
		saga.RegisterRevert(p.env, saga.Options{})
		saga.Register(p.env, nested.With(struct{}{}))
		p.fails("make last", fails)
		p.env.SetTestTimeout(20 * time.Second)
		p.env.ExecuteWorkflow(runNested, struct{}{})
		require.True(t, p.env.IsWorkflowCompleted())
		require.Equal(t, map[int]int{0: 4, -1: 0}[fails], len(p.things))
		require.Len(t, p.with("make deep"), 1)
	}
}
