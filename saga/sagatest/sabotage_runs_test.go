package sagatest

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// wrongRuns are flows that are wrong as a whole, and calls of Prove that prove
// nothing, one for each finding about a run.
var wrongRuns = []struct {
	name string
	flow Flow
	open func(testing.TB) World
	bug  Bug
	says string
}{
	{"task that takes away what was there",
		Flow{Workflow: flowAround(saga.Do(nobody.MakeInstead).UndoneBy(nobody.Unmake))}, openTrap,
		TaskTakesOthers, "the task subject removed thing id-1 subject somebody else's"},
	{"effect in the workflow", Flow{Workflow: "haunted"}, openHaunted, OutsideActivity,
		"something left thing id-1 ghost"},
	{"activity that never ends",
		Flow{Workflow: flowAround(saga.Read(nobody.LookForEver)), Idle: 100 * time.Millisecond}, openDead,
		Hung, "test timeout"},
	{"task that runs once only", Flow{Workflow: forgetful(), Mishaps: []Mishap{FailsBefore}}, openShelf, NotExercised,
		"subject never had the mishap: fails before its effect"},
	{"mishap that some tasks cannot have", Flow{Workflow: flowAround(makes), Mishaps: []Mishap{UndoFails}}, openShelf,
		NotExercised, "mishaps happened at 4 of 5 points"},
	{"scope whose first task cannot be tried again",
		Flow{Workflow: retriedAround(saga.Do(nobody.MakeAtFirst).UndoneBy(nobody.Unmake)),
			Mishaps: []Mishap{FailsBefore}}, openShelf,
		WrongPoint, `it must fail at "tried/later", for the reason "injected by sagatest", and failed at "tried/first" for the reason "the name is used up"`},
	{"undo that keeps the name", Flow{Workflow: flowAround(saga.Do(nobody.MakeNamed).UndoneBy(nobody.Unmake)),
		Mishaps: []Mishap{FailsAfter}}, openShelf,
		NotUsable, "the name is taken"},
	{"undo that takes an hour", Flow{Workflow: unhurried, Mishaps: []Mishap{UndoStuck}}, openShelf, WrongStuck,
		`these were in a wrong state: ["slow=REVERTING"]`},
}

// What the harness finds about a run must be told too: an unwind test that never
// got beyond the first task passed for months (omicron issue 3894).
func TestEveryFindingAboutARunIsTold(t *testing.T) {
	for _, s := range wrongRuns {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.flow.Input, s.flow.Pairs = order{"x"}, -1
			r, _ := recordProve(t, s.flow, Start{Name: "only", Open: s.open})
			all := strings.Join(*r.errors, "\n")
			require.Contains(t, all, string(s.bug))
			require.Contains(t, all, s.says)
		})
	}
}

// haunted is a shelf with a workflow that puts something there itself.
type haunted struct{ *shelf }

func openHaunted(testing.TB) World { return haunted{newShelf()} }

func (h haunted) Register(env *testsuite.TestWorkflowEnvironment) {
	h.shelf.Register(env)
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context, in order) (made, error) {
		h.put("ghost", "")
		return flowAround(makes)(ctx, in)
	}, workflow.RegisterOptions{Name: "haunted"})
}

// openDead is a shelf that answers nobody until the test is over.
func openDead(tb testing.TB) World { s := newShelf(); s.answers = tb.Context().Done(); return s }

// LookForEver does not give up.
func (a *tasks) LookForEver(context.Context, order) (made, error) {
	<-a.s.answers
	return made{}, nil
}

// forgetful returns a workflow that leaves its subject out after the first run.
func forgetful() func(workflow.Context, order) (made, error) {
	var runs atomic.Int32
	return func(ctx workflow.Context, in order) (made, error) {
		f := saga.NewFlow("forgetful")
		if runs.Add(1) == 1 {
			saga.Add(f, "subject", looks, saga.Value(in))
		}
		return saga.Run(ctx, f, saga.Add(f, "top", makes, saga.Value(in)))
	}
}

// retriedAround returns a workflow with a scope that is tried twice.
func retriedAround(first action) func(workflow.Context, order) (made, error) {
	return func(ctx workflow.Context, in order) (made, error) {
		f := saga.NewFlow("retried")
		tried := f.Scope("tried", saga.Retrying(saga.Times(2)))
		a := saga.Add(tried, "first", first, saga.Value(in))
		return saga.Run(ctx, f, saga.Add(tried, "later", makes, named("later", a)))
	}
}

// MakeAtFirst works in the first attempt at its scope.
func (a *tasks) MakeAtFirst(ctx context.Context, i saga.Intent[order]) (made, error) {
	if !strings.HasSuffix(string(i.Mark), "#1") {
		return made{}, temporal.NewNonRetryableApplicationError("the name is used up", "", nil)
	}
	return a.Make(ctx, i)
}

// MakeNamed reserves the name, for ever.
func (a *tasks) MakeNamed(ctx context.Context, i saga.Intent[order]) (made, error) {
	if !a.s.reserve(i.In.Name, i.Mark) {
		return made{}, temporal.NewNonRetryableApplicationError("the name is taken", "", nil)
	}
	return a.Make(ctx, i)
}

// UnmakeInAnHour wants to be asked again later.
func (a *tasks) UnmakeInAnHour(ctx context.Context, u saga.Undo[order, made]) error {
	if a.s.refusals++; a.s.refusals == 1 {
		return temporal.NewApplicationErrorWithOptions("busy", "",
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
	}
	return a.Unmake(ctx, u)
}

// unhurried is a flow in which one of two undos takes longer than a run may before it is
// STUCK.
func unhurried(ctx workflow.Context, in order) (made, error) {
	f := saga.NewFlow("unhurried")
	saga.Add(f, "slow", saga.Do(nobody.Make).UndoneBy(nobody.UnmakeInAnHour), saga.Value(in))
	return saga.Run(ctx, f, saga.Add(f, "subject", makes, saga.Value(in)))
}
