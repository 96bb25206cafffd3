package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// kin has two scopes that run as child workflows inside of a scope that can be
// tried again, and each has a scope inside that can be tried again too.
var kin = saga.Define("kin", func(in kinInput) (*saga.Flow, saga.Ref[thing]) {
	policies := []saga.FlowOption{saga.FailurePolicy(in.OnFailure), saga.UndoDeadline(time.Minute)}
	if in.Await {
		policies = append(policies, saga.AwaitSiblings())
	}
	f := saga.NewFlow("kin", policies...)
	base := add(f, "base")
	var options []saga.TaskOption
	if in.Pivot {
		options = append(options, saga.Pivot())
	}
	point := saga.Add(f, "point", makes, saga.Value(thing{Name: "point"}), append(options, saga.After(base))...)
	outer := f.Scope("outer", saga.Retrying(saga.Times(max(in.Outer, 1))))
	var tops []saga.Ref[thing]
	for _, name := range []string{"x", "y"} {
		part := outer.Scope(name, saga.AsChild())
		bottom := saga.Add(part, "bottom", makes,
			saga.From(point, func(thing) thing { return thing{Name: name + " bottom"} }))
		inner := part.Scope("inner", saga.Retrying(saga.Times(max(in.Inner, 1))))
		deep := saga.Add(inner, "deep", makes,
			saga.From(bottom, func(thing) thing { return thing{Name: name + " deep"} }))
		tops = append(tops, saga.Add(part, "top", makes,
			saga.From(deep, func(thing) thing { return thing{Name: name + " top"} })))
	}
	return f, add(f, "last", tops...)
})

type kinInput struct {
	Outer, Inner int // attempts
	Pivot, Await bool
	OnFailure    saga.OnFailure
}

func runKin(ctx workflow.Context, in kinInput) (thing, error) { return kin.Run(ctx, in) }

// playKin plays the flow to its end.
func playKin(t *testing.T, in kinInput, prepare func(*play)) (*play, *saga.Ledger) {
	t.Helper()
	if in.OnFailure == "" {
		in.OnFailure = saga.OnFailureRevert
	}
	p := newPlay(t)
	p.env.RegisterWorkflow(runKin)
	saga.RegisterRevert(p.env, saga.Options{}, saga.UndoDeadline(time.Minute))
	saga.Register(p.env, kin.With(in))
	prepare(p)
	p.env.SetTestTimeout(20 * time.Second)
	p.env.ExecuteWorkflow(runKin, in)
	require.True(t, p.env.IsWorkflowCompleted())
	return p, ledger(t, p.env)
}

// The parent asked the policies inside of a failed child once more, and then
// waited for ever for tasks of a scope that was half renewed.
func TestPoliciesInsideAChildAreAskedByTheChildAlone(t *testing.T) {
	p, l := playKin(t, kinInput{Inner: 2}, func(p *play) { p.fails("make x deep", -1) })
	require.ErrorContains(t, p.env.GetWorkflowError(), "task outer/x/inner/deep failed: no valid host was found")
	require.Equal(t, saga.RunReverted, l.State)
	require.Empty(t, p.things)
	require.Len(t, p.with("unmake x deep"), 2)
}

// A child must not try again what is around it: its siblings would be left out.
func TestAScopeAroundChildrenIsTriedAgainAsAWhole(t *testing.T) {
	p, l := playKin(t, kinInput{Outer: 2, Inner: 2}, func(p *play) { p.fails("make x deep", 2) })
	require.NoError(t, p.env.GetWorkflowError())
	require.Len(t, p.things, 9)
	require.Len(t, p.with("make y bottom"), 2, "the sibling was undone and made again")
	require.Equal(t, saga.Mark(saga.RunPrefix(l.Run)+"outer/x/inner/deep#3"), l.Entry("outer/x/inner/deep").Mark,
		"the child has used up two")
}

func TestAHeldRunCanTryAFailedChildAgain(t *testing.T) {
	p, l := playKin(t, kinInput{OnFailure: saga.OnFailureHold}, func(p *play) {
		p.fails("make x deep", 1)
		p.at(time.Minute, func() {
			require.Equal(t, saga.RunHeld, ledger(t, p.env).State)
			require.Empty(t, p.named("x deep"))
			p.refused("which ran as a child workflow: retry it, or revert", saga.VerbSkip,
				saga.Request{Task: "outer/x/inner/deep", Reason: "no"})
			p.tell(saga.VerbRetry, saga.Request{Task: "outer/x/inner/deep"})
		})
	})
	require.NoError(t, p.env.GetWorkflowError())
	require.Equal(t, saga.RunCommitted, l.State)
	require.Len(t, p.things, 9)
	require.Len(t, p.with("make y bottom"), 1, "the sibling stayed")
}

func TestAHeldRunWithAFailedChildCanBeRevertedByPolicy(t *testing.T) {
	p, l := playKin(t, kinInput{OnFailure: saga.OnFailureHold}, func(p *play) {
		p.fails("make x deep", -1)
		p.at(time.Minute, func() { p.tell(saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureRevert}) })
	})
	require.Equal(t, saga.RunReverted, l.State)
	require.Empty(t, p.things)
}

// What a child kept was recorded as undone.
func TestAnAbandonedRunListsWhatItsChildrenLeave(t *testing.T) {
	p, l := playKin(t, kinInput{}, func(p *play) {
		p.faults["make x deep"] = fault{times: -1, retryable: true}
		p.at(time.Minute, func() { p.tell(saga.VerbAbandon, saga.Request{Reason: "keep it"}) })
	})
	require.ErrorContains(t, p.env.GetWorkflowError(), "abandoned on request: keep it")
	require.Equal(t, saga.RunStopped, l.State)
	require.Equal(t, []string{"base", "point", "outer/x/bottom", "outer/x/inner/deep", "outer/y/bottom",
		"outer/y/inner/deep", "outer/y/top"}, l.LeftBehind())
	require.Len(t, p.things, 6, "nothing was undone")
}

func TestARunThatKeepsWaitsForItsChildren(t *testing.T) {
	p, l := playKin(t, kinInput{OnFailure: saga.OnFailureKeep}, func(p *play) { p.fails("make last", -1) })
	require.Equal(t, saga.RunStopped, l.State)
	require.Len(t, p.things, 8)
}

// A person who gives up an undo in a child must be heard, and the run must say
// what is left.
func TestAnUndoInAChildCanBeGivenUp(t *testing.T) {
	for verb, tell := range map[saga.Verb]func(*play){
		saga.VerbSkip: func(p *play) {
			p.tell(saga.VerbSkip, saga.Request{Task: "outer/x/bottom", Reason: "it is gone"})
		},
		saga.VerbAbandon: func(p *play) { p.tell(saga.VerbAbandon, saga.Request{Reason: "it is late"}) },
	} {
		t.Run(string(verb), func(t *testing.T) {
			p, l := playKin(t, kinInput{}, func(p *play) {
				p.fails("make last", -1)
				p.fails("unmake x bottom", -1)
				p.at(3*time.Minute, func() { tell(p) })
			})
			require.Contains(t, l.LeftBehind(), "outer/x/bottom")
			require.Contains(t, p.named("x bottom"), "x bottom")
			require.Empty(t, p.named("x top"))
		})
	}
}

func TestAnUndoInAChildCanBeTriedNow(t *testing.T) {
	p, l := playKin(t, kinInput{}, func(p *play) {
		p.fails("make last", -1)
		p.fails("unmake x bottom", 1)
		p.at(10*time.Second, func() { p.tell(saga.VerbRetry, saga.Request{Task: "outer/x/bottom"}) })
	})
	require.Equal(t, saga.RunReverted, l.State)
	require.Empty(t, p.things)
	require.Less(t, l.Ended.Sub(l.Started), 30*time.Second, "not after the pause of a minute")
}

// A run past its point of no return undid a failed child, and then waited for it
// for ever.
func TestPastThePivotChildrenOnlyGoForward(t *testing.T) {
	p, l := playKin(t, kinInput{Pivot: true}, func(p *play) { p.fails("make x deep", 2) })
	require.NoError(t, p.env.GetWorkflowError())
	require.Equal(t, saga.RunCommitted, l.State)
	require.Len(t, p.things, 9)
	require.Empty(t, p.with("unmake"))
}

// Every child told listeners that all tasks of its siblings were skipped.
func TestAChildTellsOfItsOwnTasksOnly(t *testing.T) {
	p, _ := playKin(t, kinInput{}, func(*play) {})
	require.NoError(t, p.env.GetWorkflowError())
	for _, e := range p.events {
		require.NotEqual(t, string(saga.TaskSkipped), e.To, e.Task)
	}
	p.requireStory("outer/x/bottom SUCCESS", "outer/x/inner/deep SUCCESS", "outer/x/top SUCCESS", "last SUCCESS")
}

// errand does its work in a child workflow, in one zone or the next.
var errand = saga.Define("errand", func(in errandInput) (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("errand")
	base := add(f, "base")
	zone, name := saga.ForEach(f, "zone", []string{"a", "b"})
	part := zone.Scope("part", saga.AsChild())
	maybe := saga.Add(part, "maybe", makes, saga.Value(thing{Name: "maybe"}), saga.When(base, no))
	options := []saga.TaskOption{saga.After(maybe)}
	if in.Pivot {
		options = append(options, saga.Pivot())
	}
	made := saga.Add(part, "made", makes,
		saga.From(name, func(zone string) thing { return thing{Name: "zone-" + zone} }), options...)
	if in.Slow {
		made = add(part, "slow", made)
	}
	return f, add(f, "last", made)
})

type errandInput struct{ Pivot, Slow bool }

func runErrand(ctx workflow.Context, in errandInput) (thing, error) { return errand.Run(ctx, in) }

func playErrand(t *testing.T, in errandInput, prepare func(*play)) (*play, *saga.Ledger) {
	t.Helper()
	p := newPlay(t)
	p.env.RegisterWorkflow(runErrand)
	saga.RegisterRevert(p.env, saga.Options{})
	saga.Register(p.env, errand.With(in))
	prepare(p)
	p.env.SetTestTimeout(20 * time.Second)
	p.env.ExecuteWorkflow(runErrand, in)
	require.True(t, p.env.IsWorkflowCompleted())
	return p, ledger(t, p.env)
}

// A child would try the first alternative again and again.
func TestAChildTakesTheAlternativeOfTheScopeAround(t *testing.T) {
	p, l := playErrand(t, errandInput{}, func(p *play) { p.fails("make zone-a", -1) })
	require.JSONEq(t, `{"name":"zone-b"}`, string(l.Entry("zone/part/made").Out))
	require.Equal(t, saga.TaskSkipped, l.Entry("zone/part/maybe").State, "what a child skips, the run knows")
	require.Len(t, p.things, 3)
}

func TestAPivotInAChildIsThatOfTheRun(t *testing.T) {
	p, _ := playErrand(t, errandInput{Pivot: true}, func(p *play) { p.fails("make last", 2) })
	require.Empty(t, p.with("unmake"))
	require.Len(t, p.things, 3)
}

// A user who cancels a run that is already reverting does not want to wait for the
// children that it still awaits.
func TestCancelEndsTheWaitForChildren(t *testing.T) {
	p, l := playKin(t, kinInput{Await: true}, func(p *play) {
		p.fails("make y deep", -1)
		p.faults["make x deep"] = fault{times: 200, retryable: true} // most of an hour
		p.at(time.Minute, p.env.CancelWorkflow)
	})
	require.Equal(t, saga.RunReverted, l.State)
	require.Empty(t, p.things)
	require.Less(t, l.Ended.Sub(l.Started), 2*time.Minute)
}
