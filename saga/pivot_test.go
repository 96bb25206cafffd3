package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// awaitedPivot has a task beside its pivot, which takes half a minute.
func awaitedPivot(in ...saga.FlowOption) func() (*saga.Flow, saga.Ref[thing]) {
	return func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("awaited", saga.AwaitSiblings())
		base := add(f, "base")
		zone := f.Scope("zone", append(in, saga.AwaitSiblings())...)
		beside := add(zone, "beside", base)
		pivot := saga.Add(zone, "pivot", makes, saga.From(base, func(thing) thing { return thing{Name: "pivot"} }),
			saga.Pivot())
		return f, add(f, "last", beside, pivot)
	}
}

// A run that awaited its pivot when it had failed, or was told to go back, took the pivot
// back and what came before it.
func TestARunThatPassesItsPivotOnTheWayBackStopsWhereItIs(t *testing.T) {
	for name, end := range map[string]func(*play){
		"failed": func(p *play) { p.fails("make beside", -1) },
		"revert": func(p *play) { p.at(time.Second, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "no"}) }) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			p.faults["make pivot"] = fault{times: 5, retryable: true} // done after half a minute
			end(p)
			l := p.run(awaitedPivot())
			require.Equal(t, saga.RunStopped, l.State)
			require.Contains(t, l.LeftBehind(), "zone/pivot")
			require.Empty(t, p.with("unmake"))
		})
	}
}

// A scope that awaited its pivot was undone with it, to be tried again, by a run that
// took itself to be past the pivot from then on.
func TestAScopeThatPassesItsPivotGoesOn(t *testing.T) {
	p := newPlay(t)
	p.fails("make beside", 2)
	p.faults["make pivot"] = fault{times: 5, retryable: true}
	l := p.commits(awaitedPivot(saga.Retrying(saga.Times(2))))
	require.Empty(t, p.with("unmake"))
	require.Equal(t, []int{1, 1}, []int{l.Entry("zone/beside").Attempt, l.Entry("zone/pivot").Attempt})
	require.Len(t, p.with("make"), 4)
}

// The bug: only the outermost of the halted scopes went on. The pivot in an inner scope
// was undone past the pivot, and then created again.
func TestScopesInAScopeThatPassesItsPivotGoOnToo(t *testing.T) {
	p := newPlay(t)
	p.fails("make y", 1)
	p.faults["make z"] = fault{times: 3, retryable: true}
	p.faults["make pivot"] = fault{times: 5, retryable: true}
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("nested")
		zone := f.Scope("zone", saga.AwaitSiblings(), saga.Retrying(saga.Times(2)))
		inner := zone.Scope("inner", saga.AwaitSiblings(), saga.Retrying(saga.Times(2)))
		y := add(inner, "y")
		pivot := saga.Add(inner, "pivot", makes, saga.Value(thing{Name: "pivot"}), saga.Pivot())
		z := saga.Add(zone, "z", makes, saga.Value(thing{Name: "z"}), saga.RunWith(saga.Options{MaximumAttempts: 3}))
		return f, add(f, "last", y, pivot, z)
	})
	require.Empty(t, p.with("unmake pivot"))
}

// A scope that rested between two attempts rested for ever, as what was to wake it had
// been cancelled with the scope around it.
func TestAScopeThatRestsIsTriedAgainPastThePivot(t *testing.T) {
	p := newPlay(t)
	p.through(func(next outbound) outbound { return &uncut{outboundBase{Next: next}} })
	p.fails("make y", 1)
	p.faults["make z"] = fault{times: 3, retryable: true}
	p.faults["make pivot"] = fault{times: 5, retryable: true}
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("resting")
		zone := f.Scope("zone", saga.Retrying(saga.Times(2)))
		inner := zone.Scope("inner",
			saga.Retrying(func([]saga.Failure) saga.Decision { return saga.Again(20 * time.Second) }))
		y := add(inner, "y")
		pivot := saga.Add(zone, "pivot", makes, saga.Value(thing{Name: "pivot"}), saga.Pivot())
		z := saga.Add(zone, "z", makes, saga.Value(thing{Name: "z"}), saga.RunWith(saga.Options{MaximumAttempts: 3}))
		return f, add(f, "last", y, pivot, z)
	})
}

// uncut lets the pivot of a zone go on when it is cancelled, as an activity does that
// does not hear of it.
type uncut struct{ outboundBase }

func (o *uncut) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	if workflow.GetActivityOptions(ctx).ActivityID == "zone/pivot" {
		ctx, _ = workflow.NewDisconnectedContext(ctx)
	}
	return o.Next.ExecuteActivity(ctx, activity, args...)
}

// besideChild has a child workflow beside its pivot.
var besideChild = saga.Define("beside-child", func(bool) (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("beside-child")
	zone := f.Scope("zone", saga.AwaitSiblings(), saga.Retrying(saga.Times(2)))
	add(zone.Scope("part", saga.AsChild()), "child")
	return f, saga.Add(zone, "pivot", makes, saga.Value(thing{Name: "pivot"}), saga.Pivot())
})

func runBesideChild(ctx workflow.Context, in bool) (thing, error) { return besideChild.Run(ctx, in) }

// The same if what failed beside the pivot is a child workflow, which has taken itself
// back.
func TestAChildBesideAPivotIsTriedAgain(t *testing.T) {
	p := newPlay(t)
	p.env.RegisterWorkflow(runBesideChild)
	saga.RegisterRevert(p.env, saga.Options{})
	saga.Register(p.env, besideChild.With(true))
	p.fails("make child", 1)
	p.faults["make pivot"] = fault{times: 5, retryable: true}
	p.env.SetTestTimeout(20 * time.Second)
	p.env.ExecuteWorkflow(runBesideChild, true)
	require.NoError(t, p.env.GetWorkflowError())
	l := ledger(t, p.env)
	require.Equal(t, []int{2, 1}, []int{l.Entry("zone/part/child").Attempt, l.Entry("zone/pivot").Attempt})
	require.Len(t, p.things, 2)
}
