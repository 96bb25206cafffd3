package saga_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"novaflow/saga"
)

// past plays a flow to its end or to where look stops it, and returns what it
// left.
func past(t *testing.T, build func() (*saga.Flow, saga.Ref[thing]), prepare func(*play)) (*world, *saga.Ledger) {
	t.Helper()
	p := newPlay(t)
	prepare(p)
	return p.world, p.run(build)
}

// back is a run of Revert in the test environment, in the world of another run.
func back(t *testing.T, w *world) *play {
	t.Helper()
	p := newPlay(t)
	p.world = w
	p.env = newEnv(t, w)
	p.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{p.listener()}})
	p.env.SetTestTimeout(20 * time.Second)
	saga.RegisterRevert(p.env, saga.Options{})
	return p
}

// takeBack plays Revert and requires that nothing is left.
func (p *play) takeBack(in saga.RevertInput) (saga.Reverted, *saga.Ledger) {
	p.t.Helper()
	p.env.ExecuteWorkflow(saga.RevertName, in)
	require.NoError(p.t, p.env.GetWorkflowError())
	var out saga.Reverted
	require.NoError(p.t, p.env.GetWorkflowResult(&out))
	l := ledger(p.t, p.env)
	require.Equal(p.t, saga.RunReverted, l.State)
	return out, l
}

func TestACommittedRunIsTakenBack(t *testing.T) {
	w, l := past(t, simpleDiamond, func(*play) {})
	require.Equal(t, saga.RunCommitted, l.State)
	p := back(t, w)
	out, after := p.takeBack(saga.RevertInput{Ledger: *l, Reason: "not wanted", By: "ann@desk"})
	require.Empty(t, w.things)
	require.NotEmpty(t, p.events)
	for _, e := range p.events {
		require.NotContains(t, e.Text, "deadline", "the audit said so: \"the deadline of 0s passed\"")
	}
	w.requireOrder(t, "unmake top", "unmake left", "unmake base")
	w.requireOrder(t, "unmake top", "unmake right", "unmake base")
	require.Equal(t, []string{"base", "left", "right", "top"}, out.Undone)
	require.Contains(t, w.causes, "run "+l.Run+" is reverted: not wanted")
	require.Equal(t, "ann@desk", after.Requests[0].By)
	require.Equal(t, l.Entry("top").Mark, after.Entry("top").Mark, "found by the marks of the run that made it")
	require.ErrorContains(t, after.Revertible(), "was reverted already")
}

// A ledger that was read in mid-run is what a terminated run leaves: the task
// under way may have happened.
func TestATerminatedRunIsTakenBackFromWhereItWas(t *testing.T) {
	w := newWorld()
	w.faults["make right"] = fault{times: -1, retryable: true, after: true}
	env := newEnv(t, w)
	var seen *saga.Ledger
	env.RegisterDelayedCallback(func() {
		seen = ledger(t, env)
		w.things = map[saga.Mark]string{seen.Entry("base").Mark: "base", seen.Entry("left").Mark: "left",
			seen.Entry("right").Mark: "right"}
		env.CancelWorkflow()
	}, time.Minute)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.Equal(t, []string{"base", "left", "right"}, seen.Owed())
	for _, e := range seen.Tasks { // as if it had been terminated rather than cancelled
		w.things[e.Mark] = e.Task
	}
	out, after := back(t, w).takeBack(saga.RevertInput{Ledger: *seen})
	require.Equal(t, map[saga.Mark]string{seen.Entry("top").Mark: "top"}, w.things, "what was not begun is not undone")
	require.Equal(t, []string{"base", "left", "right"}, out.Undone)
	require.Equal(t, saga.TaskPending, after.Entry("top").State)
}

// A create that the engine ended may still be at work on a worker: what comes
// to exist after its undo would stay for good.
func TestTheUndoWaitsUntilNothingOfTheEndedRunIsAtWork(t *testing.T) {
	w, l := past(t, simpleDiamond, func(*play) {})
	p := back(t, w)
	now := p.env.Now()
	p.at(4*time.Minute, func() {
		seen := ledger(t, p.env)
		require.Equal(t, []string{"base=SUCCESS", "left=REVERT_FAILURE", "right=REVERTED", "top=REVERTED"},
			states(seen))
		require.Contains(t, seen.Entry("left").UndoError, "may be at work until then")
	})
	_, after := p.takeBack(saga.RevertInput{Ledger: *l,
		Busy: map[string]time.Time{"left": now.Add(5 * time.Minute), "top": now.Add(-time.Minute)}})
	require.Empty(t, w.things)
	require.GreaterOrEqual(t, after.Entry("left").Undoing.Sub(now), 5*time.Minute)
}

func TestAPersonCanCutTheWaitShort(t *testing.T) {
	w, l := past(t, simpleDiamond, func(*play) {})
	p := back(t, w)
	p.at(time.Second, func() { p.tell(saga.VerbRetry, saga.Request{Task: "left"}) })
	_, after := p.takeBack(saga.RevertInput{Ledger: *l, Busy: map[string]time.Time{"left": p.env.Now().Add(time.Hour)}})
	require.Less(t, after.Ended.Sub(after.Started), time.Minute)
	require.Empty(t, w.things)
}

func TestATakingBackThatIsRefusedIsStuckUntilAPersonSkips(t *testing.T) {
	w, l := past(t, simpleDiamond, func(*play) {})
	w.faults["unmake left"] = fault{times: -1}
	p := back(t, w)
	p.at(20*time.Minute, func() {
		seen := ledger(t, p.env)
		require.Equal(t, saga.RunStuck, seen.State)
		require.Equal(t, []string{"base=SUCCESS", "left=REVERT_FAILURE", "right=REVERTED", "top=REVERTED"},
			states(seen))
		p.tell(saga.VerbSkip, saga.Request{Task: "left", Reason: "gone by hand"})
	})
	out, after := p.takeBack(saga.RevertInput{Ledger: *l})
	require.Equal(t, []string{"base", "right", "top"}, out.Undone)
	require.Equal(t, []string{"left"}, out.LeftBehind)
	// What was given up is owed, and the next try reverts it.
	require.Equal(t, []string{"left"}, after.Owed(), "what a person gave up is still there")
	w.heal("unmake left")
	out, _ = back(t, w).takeBack(saga.RevertInput{Ledger: *after})
	require.Equal(t, []string{"left"}, out.Undone)
	require.Empty(t, w.things)
}

func TestATakingBackCanBePausedAndAbandonedButNotCancelled(t *testing.T) {
	w, l := past(t, simpleDiamond, func(*play) {})
	w.faults["unmake left"] = fault{times: -1}
	p := back(t, w)
	p.at(time.Minute, p.env.CancelWorkflow)
	p.at(2*time.Minute, func() { p.tell(saga.VerbPause, saga.Request{}) })
	p.at(3*time.Minute, func() {
		require.Equal(t, saga.RunPaused, ledger(t, p.env).State)
		p.tell(saga.VerbAbandon, saga.Request{Reason: "the cloud is no more"})
	})
	p.env.ExecuteWorkflow(saga.RevertName, saga.RevertInput{Ledger: *l})
	var app *temporal.ApplicationError
	require.ErrorAs(t, p.env.GetWorkflowError(), &app)
	require.Equal(t, saga.ErrTypeStopped, app.Type())
	var detail saga.Reverted
	require.NoError(t, app.Details(&detail))
	require.Equal(t, []string{"base", "left"}, detail.LeftBehind)
}

func TestEarlierAttemptsStayUndone(t *testing.T) {
	w, l := past(t, scoped(saga.Retrying(saga.Times(3))), func(p *play) { p.fails("make b", 2) })
	w.events = nil
	out, _ := back(t, w).takeBack(saga.RevertInput{Ledger: *l})
	require.Equal(t, []string{"base", "in/a", "in/b", "last"}, out.Undone)
	require.Equal(t, []string{"unmake last", "unmake b", "unmake a", "unmake base"}, w.events)
	require.Empty(t, w.things)
}

func TestWhatCannotBeTakenBackIsRefused(t *testing.T) {
	for want, build := range map[string]func() (*saga.Flow, saga.Ref[thing]){
		"past its point of no return, task pivot":                               pivoted,
		"did nothing that can be reverted: its tasks have no undo (deleting is": forwardOnly,
	} {
		w, l := past(t, build, func(*play) {})
		p := back(t, w)
		p.env.ExecuteWorkflow(saga.RevertName, saga.RevertInput{Ledger: *l})
		require.ErrorContains(t, p.env.GetWorkflowError(), want)
	}
	require.ErrorContains(t, (&saga.Ledger{Run: "r"}).Revertible(), "run r created nothing")
}

// Tasks may be listed before what they need, as a module can insert tasks; a
// ledger in which tasks need each other was not written by a run.
func TestTheOrderOfALedgerDoesNotMatterButACycleIsRefused(t *testing.T) {
	w, l := past(t, simpleDiamond, func(*play) {})
	l.Tasks[0], l.Tasks[3] = l.Tasks[3], l.Tasks[0]
	back(t, w).takeBack(saga.RevertInput{Ledger: *l})
	w.requireOrder(t, "unmake top", "unmake left", "unmake base")
	l.Entry("base").Needs = []string{"top"}
	p := back(t, w)
	p.env.ExecuteWorkflow(saga.RevertName, saga.RevertInput{Ledger: *l})
	require.ErrorContains(t, p.env.GetWorkflowError(), "the ledger is damaged")
}

// The undo activity must be given what the run's own undo would have been given.
func TestAnUndoIsGivenItsOwnTypes(t *testing.T) {
	_, l := past(t, simpleDiamond, func(*play) {})
	var calls []saga.Undo[thing, thing]
	env := newEnv(t, newWorld())
	env.OnActivity("Unmake", mock.Anything,
		mock.Anything).Return(func(_ context.Context, u saga.Undo[thing, thing]) error {
		calls = append(calls, u)
		return nil
	})
	saga.RegisterRevert(env, saga.Options{})
	env.ExecuteWorkflow(saga.RevertName, saga.RevertInput{Ledger: *l})
	require.NoError(t, env.GetWorkflowError())
	top := thing{Name: "top", Of: []string{"left", "right"}}
	require.Equal(t, saga.Undo[thing, thing]{
		Task: "top", Mark: l.Entry("top").Mark, In: top, Out: &top, Cause: "run " + l.Run + " is reverted",
	}, calls[0])
}

// The ledger listed only what a task takes its input from, so a revert from the
// ledger undid what a whole scope waited for together with the scope.
func TestTheLedgerHasTheNeedsOfTheScopesAroundATask(t *testing.T) {
	build := func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("guarded")
		base := add(f, "base")
		in := f.Scope("in", saga.WhenScope(base, func(thing) bool { return true }))
		a := add(in, "a")
		return f, saga.From(saga.Optional(a), func(*thing) thing { return thing{} })
	}
	w, l := past(t, build, func(*play) {})
	require.Equal(t, []string{"base"}, l.Entry("in/a").Needs)
	back(t, w).takeBack(saga.RevertInput{Ledger: *l})
	w.requireOrder(t, "unmake a", "unmake base")
}

// Some undos need an hour, or workers of their own. The bug: they were cut short or lost
// when the run was reverted after its end.
func TestUndosAreTakenBackWithTheOptionsOfTheirTask(t *testing.T) {
	hour := saga.Options{Timeout: time.Hour, TaskQueue: "gpu"}
	w, l := past(t, func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("web")
		slow := saga.Add(f, "slow", makes, saga.Value(thing{Name: "slow"}), saga.UndoRunWith(hour))
		return f, add(f, "plain", slow)
	}, func(*play) {})
	require.Equal(t, &hour, l.Entry("slow").UndoOptions)
	require.Nil(t, l.Entry("plain").UndoOptions)
	p := back(t, w)
	seen := map[string]saga.Options{}
	p.env.SetOnActivityStartedListener(func(info *activity.Info, ctx context.Context, _ converter.EncodedValues) {
		seen[info.ActivityID] = saga.Options{Timeout: info.StartToCloseTimeout, TaskQueue: info.TaskQueue}
	})
	p.takeBack(saga.RevertInput{Ledger: *l})
	require.Equal(t, hour, seen["undo slow"])
	require.Equal(t, 2*time.Minute, seen["undo plain"].Timeout)
}
