package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// A child was past its pivot when its run was reverted, so it kept what it had created.
// The bug: the run said that nothing was left, and reverted the earlier tasks.
func TestARunWithAChildPastThePivotIsNotTakenBack(t *testing.T) {
	for name, end := range map[string]func(*play){
		"cancel": func(p *play) { p.env.CancelWorkflow() },
		"revert": func(p *play) { p.tell(saga.VerbRevert, saga.Request{Reason: "no"}) },
		"late":   func(*play) {},
	} {
		t.Run(name, func(t *testing.T) {
			p, l := playErrand(t, errandInput{Pivot: true, Slow: true}, func(p *play) {
				p.fails("make slow", -1)
				p.at(5*time.Minute, func() { end(p) })
			})
			require.Equal(t, saga.RunStopped, l.State)
			require.Equal(t, []string{"base", "zone/part/made", "zone/part/slow"}, l.LeftBehind())
			require.Empty(t, p.with("unmake"))
			require.Equal(t, name == "cancel", temporal.IsCanceledError(p.env.GetWorkflowError()))
		})
	}
}

// pass has its pivot in a child workflow, or in a child of that child if it is deep.
var pass = saga.Define("pass", func(in passInput) (*saga.Flow, saga.Ref[thing]) {
	options := []saga.FlowOption{saga.Deadline(5 * time.Minute)}
	if in.Await {
		options = append(options, saga.AwaitSiblings())
	}
	f := saga.NewFlow("pass", options...)
	base := add(f, "base")
	part := f.Scope("part", saga.AsChild())
	if in.Deep {
		part = part.Scope("deep", saga.AsChild())
	}
	pivot := saga.Add(part, "pivot", makes, saga.From(base, func(thing) thing { return thing{Name: "pivot"} }),
		saga.Pivot())
	return f, add(part, "slow", pivot)
})

type passInput struct{ Await, Deep bool }

func runPass(ctx workflow.Context, in passInput) (thing, error) { return pass.Run(ctx, in) }

func playPass(t *testing.T, in passInput, prepare func(*play)) (*play, *saga.Ledger) {
	t.Helper()
	p := newPlay(t)
	p.env.RegisterWorkflow(runPass)
	saga.RegisterRevert(p.env, saga.Options{})
	saga.Register(p.env, pass.With(in))
	p.fails("make slow", -1)
	p.at(7*time.Minute, func() { p.heal("make slow") })
	prepare(p)
	p.env.SetTestTimeout(20 * time.Second)
	p.env.ExecuteWorkflow(runPass, in)
	require.True(t, p.env.IsWorkflowCompleted())
	return p, ledger(t, p.env)
}

// The same in a child of a child, and of one that the run awaits past its deadline.
func TestAPivotInAChildIsKeptWhereverItIs(t *testing.T) {
	for _, in := range []passInput{{Deep: true}, {Await: true}} {
		p, l := playPass(t, in, func(*play) {})
		require.Equal(t, saga.RunStopped, l.State, in)
		require.Contains(t, l.Cause, "the deadline of 5m0s passed")
		require.Len(t, p.things, map[bool]int{false: 2, true: 3}[in.Await])
		require.Empty(t, p.with("unmake"))
	}
}
