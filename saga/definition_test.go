package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// fleet has a scope for each of so many parts, each a child workflow.
var fleet = saga.Define("fleet", func(in fleetInput) (*saga.Flow, saga.Ref[thing]) {
	var options []saga.FlowOption
	if in.Archived {
		options = append(options, saga.ArchivedBy(shelfOf.Keep, saga.Options{}))
	}
	f := saga.NewFlow("fleet", options...)
	base := add(f, "base")
	var tops []saga.Ref[thing]
	for i := range in.Parts {
		part := f.Scope(taskName(i), saga.AsChild(), saga.Retrying(saga.Times(in.Times)))
		tops = append(tops, add(part, "top", add(part, "bottom", base)))
	}
	return f, add(f, "last", tops...)
})

type fleetInput struct {
	Parts, Times int
	Archived     bool
}

func runFleet(ctx workflow.Context, in fleetInput) (thing, error) { return fleet.Run(ctx, in) }

func newFleet(t *testing.T) *play {
	p := newPlay(t)
	p.env.RegisterWorkflow(runFleet)
	saga.RegisterRevert(p.env, saga.Options{})
	saga.Register(p.env, fleet.With(fleetInput{Parts: 2, Times: 1}))
	return p
}

func TestScopesRunAsChildWorkflows(t *testing.T) {
	p := newFleet(t)
	p.env.ExecuteWorkflow(runFleet, fleetInput{Parts: 3, Times: 1})
	require.NoError(t, p.env.GetWorkflowError())
	var last thing
	require.NoError(t, p.env.GetWorkflowResult(&last))
	require.Equal(t, []string{"top", "top", "top"}, last.Of)
	require.Len(t, p.things, 8)
	l := ledger(t, p.env)
	require.Equal(t, saga.RunCommitted, l.State)
	require.JSONEq(t, `{"name":"bottom","of":["base"]}`, string(l.Entry("t1/bottom").Out),
		"the ledger has what the child did")
	require.Contains(t, p.things, l.Entry("t1/bottom").Mark, "with the marks of this run")
}

func TestAFailedChildIsTriedAgainWithFreshMarks(t *testing.T) {
	p := newFleet(t)
	p.fails("make top", 1)
	p.env.ExecuteWorkflow(runFleet, fleetInput{Parts: 1, Times: 2})
	require.NoError(t, p.env.GetWorkflowError())
	require.Len(t, p.things, 4)
	require.Equal(t, 2, ledger(t, p.env).Entry("t0/bottom").Attempt)
	require.Len(t, p.with("unmake bottom"), 1)
}

func TestWhatChildrenMadeIsUndoneWithTheRun(t *testing.T) {
	p := newFleet(t)
	p.fails("make last", -1)
	p.env.ExecuteWorkflow(runFleet, fleetInput{Parts: 3, Times: 1})
	require.ErrorContains(t, p.env.GetWorkflowError(), "task last failed")
	require.Empty(t, p.things)
	require.Equal(t, saga.RunReverted, ledger(t, p.env).State)
}

func TestAFailedChildRevertsTheRun(t *testing.T) {
	p := newFleet(t)
	p.fails("make top", -1)
	p.env.ExecuteWorkflow(runFleet, fleetInput{Parts: 3, Times: 1})
	require.ErrorContains(t, p.env.GetWorkflowError(), "no valid host was found")
	require.Empty(t, p.things)
}

func TestAPauseReachesTheChildren(t *testing.T) {
	p := newFleet(t)
	p.faults["make bottom"] = fault{times: 3, retryable: true} // done after 7 s
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{Reason: "maintenance"}) })
	p.at(time.Minute, func() {
		require.Len(t, p.with("make bottom"), 1)
		require.Empty(t, p.with("make top"), "the child is paused too")
		p.tell(saga.VerbResume, saga.Request{})
	})
	p.env.ExecuteWorkflow(runFleet, fleetInput{Parts: 1, Times: 1})
	require.NoError(t, p.env.GetWorkflowError())
	require.Len(t, p.with("make top"), 1)
}

func TestADefinitionIsCheckedBeforeAnyRun(t *testing.T) {
	bad := saga.Define("bad", func(int) (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("bad")
		add(f, "twice")
		return f, add(f, "twice")
	})
	misnamed := saga.Define("this", func(int) (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("that")
		return f, add(f, "x")
	})
	panics := saga.Define("panics", func(n int) (*saga.Flow, saga.Ref[thing]) { panic("oh") })
	err := saga.Check(bad.With(1), misnamed.With(1), panics.With(1), panics.With(2),
		fleet.With(fleetInput{Parts: 2, Times: 1}))
	for _, text := range []string{
		"flow bad: task twice: the name is taken", "flow this: the function that builds it calls it that",
		"the function that builds flow panics panicked: oh", "flow panics: two definitions have this name",
	} {
		require.ErrorContains(t, err, text)
	}
}

func TestAPlanTakesInputAsJSON(t *testing.T) {
	f, err := fleet.With(fleetInput{Parts: 1, Times: 1}).Plan([]byte(`{"Parts":2}`))
	require.NoError(t, err)
	require.NotNil(t, f)
	_, err = fleet.With(fleetInput{}).Plan([]byte(`{"Parts":"two"}`))
	require.ErrorContains(t, err, "input of flow fleet")
}
