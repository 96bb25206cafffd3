package saga_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

func held() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.FailurePolicy(saga.OnFailureHold)) }

func TestAPausedRunStartsNothing(t *testing.T) {
	p := newPlay(t)
	p.faults["make base"] = fault{times: 3, retryable: true} // done after 7 s
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{Reason: "maintenance", By: "ann"}) })
	p.at(time.Minute, func() {
		l := ledger(t, p.env)
		require.Equal(t, saga.RunPaused, l.State)
		require.Equal(t, []string{"base=SUCCESS", "left=PENDING", "right=PENDING", "top=PENDING"}, states(l))
		p.refused("the run is paused already", saga.VerbPause, saga.Request{})
	})
	p.at(2*time.Minute, func() { p.tell(saga.VerbResume, saga.Request{}) })
	l := p.commits(simpleDiamond)
	require.Equal(t, "maintenance", l.Requests[0].Reason)
	require.Equal(t, "ann", l.Requests[0].By)
	require.Equal(t, saga.VerbResume, l.Requests[1].Verb)
}

// A workflow that looks something up before its flow begins is told to pause, and
// would begin the first tasks nevertheless.
func TestAPauseFromBeforeTheFlowHoldsItsFirstTasks(t *testing.T) {
	p := newPlay(t)
	p.faults["look around"] = fault{times: 3, retryable: true} // done after 7 s
	p.at(time.Second, func() { p.env.SignalWorkflow(string(saga.VerbPause), saga.Request{Reason: "maintenance"}) })
	p.at(time.Minute, func() {
		l := ledger(t, p.env)
		require.Equal(t, saga.RunPaused, l.State)
		require.Equal(t, []string{"base=PENDING", "left=PENDING", "right=PENDING", "top=PENDING"}, states(l))
		p.tell(saga.VerbResume, saga.Request{})
	})
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		if _, err := saga.ExecuteRead(ctx, "around", looks, thing{Name: "around"}); err != nil {
			return thing{}, err
		}
		return flowOf(simpleDiamond)(ctx)
	})
	require.NoError(t, p.env.GetWorkflowError())
	require.Equal(t, saga.RunCommitted, ledger(t, p.env).State)
}

func TestAPausedRevertUndoesNothing(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.faults["unmake top"] = fault{times: 3, retryable: true}
	p.at(time.Second, func() { p.env.SignalWorkflow(string(saga.VerbPause), saga.Request{}) })
	p.at(time.Minute, func() {
		l := ledger(t, p.env)
		require.Equal(t, saga.RunPaused, l.State)
		require.Equal(t, []string{"base=SUCCESS", "left=SUCCESS", "right=SUCCESS", "top=REVERTED"}, states(l))
		p.env.SignalWorkflow(string(saga.VerbResume), saga.Request{})
	})
	p.reverts("no valid host", simpleDiamond)
	p.requireStory("REVERTING", "PAUSED", "REVERTING", "left REVERTING", "REVERTED")
}

func TestCancelGoesThroughAPause(t *testing.T) {
	p := newPlay(t)
	p.faults["make base"] = fault{times: 3, retryable: true}
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{}) })
	p.at(time.Minute, p.env.CancelWorkflow)
	l := p.run(simpleDiamond)
	require.True(t, temporal.IsCanceledError(p.env.GetWorkflowError()))
	require.Equal(t, saga.RunReverted, l.State)
	require.Empty(t, p.things)
}

func TestTheDeadlineWaitsForAPausedRun(t *testing.T) {
	p := newPlay(t)
	p.faults["make base"] = fault{times: 3, retryable: true}
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{}) })
	waited := false
	p.at(2*time.Hour, func() {
		require.Equal(t, saga.RunPaused, ledger(t, p.env).State)
		p.tell(saga.VerbResume, saga.Request{})
		waited = true
	})
	p.reverts("the deadline of 1h0m0s passed", simpleDiamond)
	require.True(t, waited, "it went back without being asked")
}

// "there is no task \"\"; failing tasks: []" told nobody what to do.
func TestARetryOfARunInWhichNothingFailsIsRefusedInWords(t *testing.T) {
	p := newPlay(t)
	p.faults["make base"] = fault{times: 3, retryable: true}
	p.at(time.Second, func() {
		p.refused("no task has failed: what is at work is tried again by itself", saga.VerbRetry, saga.Request{})
		p.refused("task base is RUNNING and not failing; no task is failing", saga.VerbSkip,
			saga.Request{Task: "base", Reason: "why"})
	})
	p.commits(simpleDiamond)
}

func TestAHeldRunWaitsAndCanBeRetried(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", 2)
	for _, minute := range []time.Duration{1, 2} {
		p.at(minute*time.Minute, func() {
			require.Equal(t, saga.RunHeld, ledger(t, p.env).State)
			p.refused("there is no task \"tip\"; failing tasks: [top]", saga.VerbRetry, saga.Request{Task: "tip"})
			p.refused("task base is SUCCESS and not failing", saga.VerbRetry, saga.Request{Task: "base"})
			p.tell(saga.VerbRetry, saga.Request{Task: "top"})
		})
	}
	p.commits(held)
	p.requireStory("top FAILURE", "HELD", "RUNNING", "top RUNNING", "top FAILURE", "HELD", "RUNNING", "top SUCCESS",
		"COMMITTED")
}

func TestAHeldTaskCanBeSkippedWithAResult(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", -1)
	p.at(time.Minute, func() {
		p.refused("skip needs a reason", saga.VerbSkip, saga.Request{Task: "left"})
		// it said that none had failed
		p.refused("skip needs a task; failing tasks: [left]", saga.VerbSkip, saga.Request{Reason: "by hand"})
		p.refused("task top uses the result of left: give one", saga.VerbSkip,
			saga.Request{Task: "left", Reason: "by hand"})
		p.refused("the result does not fit task left", saga.VerbSkip,
			saga.Request{Task: "left", Reason: "by hand", Result: json.RawMessage(`{"nome":1}`)})
		p.tell(saga.VerbSkip,
			saga.Request{Task: "left", Reason: "made by hand", Result: json.RawMessage(`{"name":"handmade"}`)})
	})
	l := p.commits(held)
	require.JSONEq(t, `{"name":"top","of":["handmade","right"]}`, string(l.Entry("top").Out))
	require.Equal(t, "made by hand", l.Entry("left").Note)
}

// A task that was skipped after it had begun may have an effect all the same.
func TestASkippedTaskThatHadBegunIsUndoneInARevert(t *testing.T) {
	p := newPlay(t)
	p.faults["make left"] = fault{times: -1, after: true}
	p.fails("make top", -1)
	p.at(time.Minute, func() {
		p.tell(saga.VerbSkip, saga.Request{Task: "left", Reason: "r", Result: json.RawMessage(`{"name":"x"}`)})
	})
	p.at(2*time.Minute, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "enough"}) })
	p.reverts("reverted on request: enough", held)
	require.Contains(t, p.world.events, "unmake left")
}

func TestAHeldRunCanBeReverted(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.at(time.Minute, func() { p.tell(saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureRevert}) })
	p.reverts("task top failed", held)
}

func TestKeepLeavesWhatWasMadeAndListsIt(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.at(time.Minute, func() {
		p.refused(`policy "nonsense" is not revert, hold or keep`, saga.VerbOnFailure, saga.Request{Policy: "nonsense"})
		p.tell(saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureKeep})
	})
	l := p.run(held)
	require.Equal(t, saga.RunStopped, l.State)
	require.ErrorContains(t, p.env.GetWorkflowError(), "left behind: base, left, right, top")
	require.Len(t, p.things, 3)
}

func TestRevertOnRequest(t *testing.T) {
	p := newPlay(t)
	p.faults["make top"] = fault{times: -1, retryable: true}
	p.at(time.Minute, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "not wanted"}) })
	p.at(61*time.Second, func() {})
	p.reverts("reverted on request: not wanted", simpleDiamond)
}

func TestAStuckUndoCanBeRetriedNow(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", 1)
	p.at(time.Second, func() { p.tell(saga.VerbRetry, saga.Request{Task: "left"}) })
	l := p.reverts("no valid host", simpleDiamond)
	require.Less(t, l.Ended.Sub(l.Started), time.Minute, "the pause was cut short")
}

func TestAStuckUndoCanBeGivenUp(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", -1)
	p.at(20*time.Minute, func() {
		require.Equal(t, saga.RunStuck, ledger(t, p.env).State)
		p.refused("skip needs a reason", saga.VerbSkip, saga.Request{Task: "left"})
		p.tell(saga.VerbSkip, saga.Request{Task: "left", Reason: "deleted by hand"})
	})
	l := p.run(simpleDiamond)
	require.Equal(t, saga.RunReverted, l.State)
	require.Equal(t, []string{"base=REVERTED", "left=ABANDONED", "right=REVERTED", "top=REVERTED"}, states(l))
	require.ErrorContains(t, p.env.GetWorkflowError(), "left behind: left")
}

func TestAnUndoThatTheEngineRetriesCanBeGivenUp(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.faults["unmake left"] = fault{times: -1, retryable: true}
	p.at(20*time.Minute, func() { p.tell(saga.VerbSkip, saga.Request{Task: "left", Reason: "gone"}) })
	l := p.run(simpleDiamond)
	require.Equal(t, saga.TaskAbandoned, l.Entry("left").State)
	require.Equal(t, saga.TaskReverted, l.Entry("base").State)
}

func TestAbandonEndsTheRunAndListsWhatIsLeft(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", -1)
	p.at(20*time.Minute, func() {
		p.refused("abandon needs a reason", saga.VerbAbandon, saga.Request{})
		p.tell(saga.VerbAbandon, saga.Request{Reason: "the cloud is no more"})
	})
	l := p.run(simpleDiamond)
	require.Equal(t, saga.RunStopped, l.State)
	require.ErrorContains(t, p.env.GetWorkflowError(),
		"abandoned on request: the cloud is no more; undone: right, top; left behind: base, left")
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.faults["unmake left"] = fault{times: 5, retryable: true}
	p.at(time.Second, func() {
		p.refused("the run is REVERTING, not paused", saga.VerbResume, saga.Request{})
		p.refused("the run reverts already", saga.VerbRevert, saga.Request{})
		p.env.SignalWorkflow(string(saga.VerbRevert), saga.Request{}) // is dropped
	})
	p.reverts("no valid host", simpleDiamond)
}

// pivoted is: before, then the pivot, then after.
func pivoted() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("pivoted")
	before := add(f, "before")
	pivot := saga.Add(f, "pivot", makes, saga.From(before, func(thing) thing { return thing{Name: "pivot"} }),
		saga.Pivot())
	return f, add(f, "after", pivot)
}

func TestBeforeThePivotAFailureReverts(t *testing.T) {
	p := newPlay(t)
	p.faults["make pivot"] = fault{times: -1, after: true}
	p.reverts("task pivot failed", pivoted)
}

func TestAfterThePivotTheRunOnlyGoesForward(t *testing.T) {
	p := newPlay(t)
	p.fails("make after", 3)
	p.at(30*time.Second, func() {
		p.refused("past its point of no return", saga.VerbRevert, saga.Request{})
	})
	l := p.commits(pivoted)
	require.Greater(t, l.Ended.Sub(l.Started), 2*time.Minute, "it was tried again, slowly")
	require.NotContains(t, p.story(), "before REVERTING")
}

func TestCancelAfterThePivotStops(t *testing.T) {
	p := newPlay(t)
	p.fails("make after", -1)
	p.at(time.Minute, p.env.CancelWorkflow)
	l := p.run(pivoted)
	require.True(t, temporal.IsCanceledError(p.env.GetWorkflowError()))
	require.Equal(t, saga.RunStopped, l.State)
	require.Len(t, p.things, 2, "what was done stays done")
}

// A person who sends a signal with an argument of another shape, as is easily
// done from the temporal CLI, blocked the run for ever.
func TestASignalThatCannotBeReadIsDropped(t *testing.T) {
	p := newPlay(t)
	p.faults["make left"] = fault{times: 3, retryable: true} // done after 7 s
	p.at(time.Second, func() { p.env.SignalWorkflow(string(saga.VerbPause), "maintenance") })
	p.at(2*time.Second, func() { p.env.SignalWorkflow(string(saga.VerbOnFailure), []int{1}) })
	l := p.commits(simpleDiamond)
	require.Empty(t, l.Requests)
}

// The policy may change while a failure waits for it.
func TestAHeldRunFollowsANewPolicyAtOnce(t *testing.T) {
	for policy, state := range map[saga.OnFailure]saga.RunState{saga.OnFailureRevert: saga.RunReverted,
		saga.OnFailureKeep: saga.RunStopped} {
		p := newPlay(t)
		p.fails("make top", -1)
		p.at(time.Minute, func() { p.tell(saga.VerbOnFailure, saga.Request{Policy: policy}) })
		l := p.run(func() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.FailurePolicy(saga.OnFailureHold)) })
		require.Equal(t, state, l.State)
		require.Equal(t, "task top failed: no valid host was found", l.Cause)
		require.Less(t, l.Ended.Sub(l.Started), 2*time.Minute)
	}
}

// What takes the place of a skipped task's result must be what its consumers
// read.
func TestAResultOfAnotherTypeIsRefused(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", -1)
	p.at(time.Minute, func() {
		p.refused("the result does not fit task left", saga.VerbSkip,
			saga.Request{Task: "left", Reason: "by hand", Result: []byte(`{"name":7}`)})
		p.refused("the result does not fit task left", saga.VerbSkip,
			saga.Request{Task: "left", Reason: "by hand", Result: []byte(`{"nome":"left"}`)})
		p.refused("task top uses the result of left: give one", saga.VerbSkip,
			saga.Request{Task: "left", Reason: "by hand"})
		p.tell(saga.VerbRevert, saga.Request{Reason: "enough"})
	})
	l := p.run(func() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.FailurePolicy(saga.OnFailureHold)) })
	require.Equal(t, saga.RunReverted, l.State)
}

// A STUCK run leaves STUCK by itself when the cloud is back.
func TestAStuckRunEndsByItself(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", 15) // once a minute
	p.reverts("task top failed",
		func() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.UndoDeadline(5 * time.Minute)) })
	p.requireStory("REVERTING", "STUCK", "left REVERTED", "base REVERTED", "REVERTED")
}

// So does one that goes forward again when a scope of it is undone at last.
func TestAStuckRunGoesForwardAgain(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", 1)
	p.faults["unmake a"] = fault{times: 15} // once a minute: past the deadline of ten
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("again")
		in := f.Scope("in", saga.Retrying(saga.Times(2)))
		return f, add(in, "b", add(in, "a"))
	})
	p.requireStory("STUCK", "in/a REVERTED", "RUNNING", "in/a RUNNING", "COMMITTED")
	require.Equal(t, 2, l.Entry("in/b").Attempt)
}

// An undo that a person has tried again now was cut short by that, which is no
// failure of its own.
func TestAnUndoThatIsTriedAgainNowHasNotFailed(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.faults["unmake left"] = fault{times: 50, retryable: true}
	p.through(withDistinctIDs)
	p.at(time.Minute, func() { p.tell(saga.VerbRetry, saga.Request{Task: "left"}) })
	p.at(time.Minute+time.Second, func() {
		e := ledger(t, p.env).Entry("left")
		require.Equal(t, saga.TaskReverting, e.State)
		require.Empty(t, e.UndoError)
	})
	p.reverts("no valid host", simpleDiamond)
}

// While a person decides what becomes of a failure, the deadline does not decide.
func TestTheDeadlineWaitsForAHeldRun(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", 1)
	waited := false
	p.at(time.Hour, func() {
		l := ledger(t, p.env)
		require.Equal(t, saga.RunHeld, l.State)
		require.Equal(t, []string{"base=SUCCESS", "left=SUCCESS", "right=SUCCESS", "top=FAILURE"}, states(l))
		p.tell(saga.VerbRetry, saga.Request{Task: "top"})
		waited = true
	})
	p.reverts("the deadline of 5m0s passed", func() (*saga.Flow, saga.Ref[thing]) {
		return diamond(saga.FailurePolicy(saga.OnFailureHold), saga.Deadline(5*time.Minute))
	})
	require.True(t, waited, "it went back without being asked")
}

// The bug: a mistake in a function of the flow reverted a run past its pivot.
func TestAMistakePastThePivotTakesNothingBack(t *testing.T) {
	p := newPlay(t)
	p.at(time.Minute, func() {
		l := ledger(t, p.env)
		require.Equal(t, saga.RunStuck, l.State)
		require.Equal(t, []string{"pivot=SUCCESS", "after=FAILURE"}, states(l))
		require.Equal(t, "the function that computes the input panicked: oh", l.Entry("after").Error)
		p.tell(saga.VerbSkip, saga.Request{Task: "after", Reason: "by hand", Result: []byte(`{"name":"after"}`)})
	})
	p.commits(mistakenPastPivot)
	require.Empty(t, p.with("unmake"))
}

func mistakenPastPivot() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("pivoted")
	pivot := saga.Add(f, "pivot", makes, saga.Value(thing{Name: "pivot"}), saga.Pivot())
	return f, saga.Add(f, "after", makes, saga.From(pivot, func(thing) thing { panic("oh") }))
}

// The bug, in the function that computes the result: a delete that had deleted everything
// said that it was reverted.
func TestAMistakeInTheResultOfAForwardOnlyRunStopsIt(t *testing.T) {
	for _, flow := range []func() (*saga.Flow, saga.Ref[thing]){forwardOnly, pivoted} {
		p := newPlay(t)
		l := p.run(func() (*saga.Flow, saga.Ref[thing]) {
			f, all := flow()
			return f, saga.From(all, func(thing) thing { panic("oh") })
		})
		require.ErrorContains(t, p.env.GetWorkflowError(),
			"stopped, the function that computes the flow's result panicked: oh")
		require.Equal(t, saga.RunStopped, l.State)
		require.Empty(t, p.with("unmake"))
	}
}

// While a person decides what becomes of a failure, or holds the run up, no deadline of a
// scope decides: it would try the scope again behind their back, or cut short what runs.
func TestTheDeadlineOfAScopeWaitsForAPersonToo(t *testing.T) {
	p := newPlay(t)
	p.fails("make server", 1)
	p.at(20*time.Minute, func() {
		require.Equal(t, saga.RunHeld, ledger(t, p.env).State)
		require.Equal(t, []string{"zone/port=SUCCESS", "zone/server=FAILURE"}, states(ledger(t, p.env)))
		p.tell(saga.VerbRetry, saga.Request{Task: "zone/server"})
	})
	p.commits(patient)
	p.requireStory("HELD", "zone/server retry", "RUNNING", "zone/port REVERTED", "zone/server SUCCESS")

	p = newPlay(t)
	p.faults["make port"] = fault{times: 40, retryable: true} // done after ten minutes
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{}) })
	p.at(20*time.Minute, func() {
		require.Equal(t, []string{"zone/port=SUCCESS", "zone/server=PENDING"}, states(ledger(t, p.env)))
		p.tell(saga.VerbResume, saga.Request{})
	})
	l := p.commits(patient)
	require.Equal(t, "the deadline of 5m0s of scope zone passed", l.Scopes[1].Failures[0].Reason)
}

// A task failed, was tried again by a person and failed again. The bug: the scope counted
// each failure as an attempt, and passed over an alternative.
func TestAnAttemptThatFailsTwiceIsOneAttempt(t *testing.T) {
	p := newPlay(t)
	p.fails("make server", 1)
	p.at(time.Minute, func() {
		p.mu.Lock()
		p.faults["make server"] = fault{times: -1, retryable: true} // until the deadline, which moves on
		p.mu.Unlock()
		p.tell(saga.VerbRetry, saga.Request{Task: "zone/server"})
	})
	p.at(6*time.Minute, func() { p.heal("make server") })
	l := p.commits(patient)
	require.Len(t, l.Scopes[1].Failures, 1)
	require.JSONEq(t, `{"name":"server","of":["b"]}`, string(l.Entry("zone/server").Out))
}

// patient is held when its server cannot be created, and tries the next zone when the
// create takes too long.
func patient() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("patient", saga.FailurePolicy(saga.OnFailureHold))
	zone, name := saga.ForEach(f, "zone", []string{"a", "b", "c"}, saga.Deadline(5*time.Minute),
		saga.TryNextIf(func(f saga.Failure) bool { return f.Type != "terminal" }))
	port := add(zone, "port")
	return f, saga.Add(zone, "server", makes, saga.From2(port, name, func(_ thing, zone string) thing {
		return thing{Name: "server", Of: []string{zone}}
	}))
}
