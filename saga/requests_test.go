package saga_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// Who looks at a run later must find who told it what, when and why, also where only
// the events are kept.
func TestWhatPeopleToldIsKeptAndToldOn(t *testing.T) {
	p := newPlay(t)
	p.faults["make base"] = fault{times: 3, retryable: true}
	p.at(2*time.Second, func() { p.tell(saga.VerbPause, saga.Request{Reason: "maintenance", By: "ann"}) })
	p.at(time.Minute, func() { p.tell(saga.VerbResume, saga.Request{By: "bob"}) })
	l := p.commits(simpleDiamond)
	require.Equal(t, []time.Duration{2 * time.Second, time.Minute},
		[]time.Duration{l.Requests[0].Time.Sub(l.Started), l.Requests[1].Time.Sub(l.Started)})
	told := slices.IndexFunc(p.events, func(e saga.Event) bool { return e.To == string(saga.VerbPause) })
	require.GreaterOrEqual(t, told, 0, "no event in %q", p.story())
	require.Equal(t, "ann", p.events[told].By)
	require.Equal(t, "maintenance", p.events[told].Text)
	p.requireStory("pause", "PAUSED", "resume", "RUNNING")
}

// The bug: a paused run that should revert did not move until a person resumed it.
func TestARevertGoesThroughAPause(t *testing.T) {
	p := newPlay(t)
	p.faults["make left"] = fault{times: 3, retryable: true}
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{}) })
	p.at(time.Minute, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "not wanted"}) })
	p.reverts("reverted on request: not wanted", simpleDiamond)
	p.requireStory("PAUSED", "RUNNING", "REVERTING", "base REVERTED", "REVERTED")
}

// An undo that the engine tries for ever would keep an abandoned run open for ever.
func TestAbandonEndsAnUndoThatIsUnderWay(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.faults["unmake left"] = fault{times: -1, retryable: true}
	p.at(time.Minute, func() { p.tell(saga.VerbAbandon, saga.Request{Reason: "the cloud is no more"}) })
	l := p.run(simpleDiamond)
	require.Equal(t, saga.RunStopped, l.State)
	require.Equal(t, []string{"base", "left"}, l.LeftBehind())
	require.Equal(t, "the cloud is no more", l.Entry("left").Note)
}

// A resource that a person created in the place of a task must be found by its id too.
func TestAResultThatAPersonGivesIsSearchable(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", -1)
	p.at(time.Minute, func() {
		p.tell(saga.VerbSkip,
			saga.Request{Task: "left", Reason: "made by hand", Result: json.RawMessage(`{"name":"handmade"}`)})
	})
	require.Equal(t, []string{"id-handmade"}, p.commits(held).Entry("left").Resources)
}

// The deadline of the create passed while the run reverted. The bug: the run began to
// revert anew, and named the wrong cause.
// https://github.com/ubicloud/ubicloud/issues/1177
func TestADeadlineThatPassesInTheRevertChangesNothing(t *testing.T) {
	p := newPlay(t)
	p.fails("make top", -1)
	p.fails("unmake left", 3) // once a minute
	p.reverts("task top failed",
		func() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.Deadline(2 * time.Minute)) })
	require.NotContains(t, p.story(), "STUCK")
}

// In a pause, what runs goes on, also past the deadline.
func TestTheDeadlineCancelsNothingInAPause(t *testing.T) {
	p := newPlay(t)
	p.faults["make base"] = fault{times: 20, retryable: true} // done after 4 min
	p.at(time.Second, func() { p.tell(saga.VerbPause, saga.Request{}) })
	p.at(time.Hour, func() {
		require.Equal(t, []string{"base=SUCCESS", "left=PENDING", "right=PENDING", "top=PENDING"},
			states(ledger(t, p.env)))
		p.tell(saga.VerbResume, saga.Request{})
	})
	p.reverts("the deadline of 2m0s passed",
		func() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.Deadline(2 * time.Minute)) })
}

// A flow that awaits siblings awaits them after a failure, and not when it is
// cancelled: then children end as activities do.
func TestCancelEndsChildrenOfAFlowThatAwaitsSiblings(t *testing.T) {
	p, l := playKin(t, kinInput{Await: true}, func(p *play) {
		p.faults["make x deep"] = fault{times: -1, retryable: true}
		p.at(time.Minute, p.env.CancelWorkflow)
	})
	require.True(t, temporal.IsCanceledError(p.env.GetWorkflowError()))
	require.Equal(t, saga.RunReverted, l.State)
	require.Empty(t, p.things)
	require.Less(t, l.Ended.Sub(l.Started), 2*time.Minute, "not at the deadline of the child")
}

// While the record of a run that has ended is being archived, nothing can be changed.
func TestARunThatHasEndedTakesNoVerbs(t *testing.T) {
	p, s, option := archived(t)
	s.fails = 5
	p.at(5*time.Second, func() {
		p.refused("the run is COMMITTED: nothing can be changed any more", saga.VerbPause, saga.Request{})
		p.refused("the run is COMMITTED: nothing can be changed any more", saga.VerbRevert, saga.Request{})
	})
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) { return diamond(option) })
	require.Empty(t, l.Requests)
	require.False(t, l.Archived.IsZero())
}

// What is cut short by a cancellation has not failed: neither a policy nor a person
// is asked about it.
func TestCancelIsNoFailure(t *testing.T) {
	p := newPlay(t)
	p.faults["make b"] = fault{hang: true}
	p.onHang = p.env.CancelWorkflow
	l := p.run(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("cancelled", saga.FailurePolicy(saga.OnFailureHold))
		in := f.Scope("in", saga.Retrying(saga.Times(1)))
		return f, add(in, "b", add(in, "a"))
	})
	require.True(t, temporal.IsCanceledError(p.env.GetWorkflowError()))
	require.Empty(t, l.Scopes[1].Failures)
	require.NotContains(t, p.story(), "HELD")
}

// Who cancelled a run, and why, was in the engine's history alone, where neither a
// person who looks at the run nor the audit reads it.
func TestARunKnowsWhoCancelledItAndWhy(t *testing.T) {
	p := newPlay(t)
	p.faults["make left"] = fault{hang: true}
	p.onHang = func() {
		p.env.SignalWorkflow(saga.SignalCancelling, "not a request")
		p.env.SignalWorkflow(saga.SignalCancelling, saga.Request{Reason: "wrong flavor", By: "ann"})
		p.env.CancelWorkflow()
	}
	l := p.run(simpleDiamond)
	require.Equal(t, saga.RunReverted, l.State)
	require.Equal(t, "cancelled: wrong flavor", l.Cause)
	require.Len(t, l.Requests, 1)
	q := l.Requests[0]
	require.False(t, q.Time.IsZero())
	require.Equal(t, saga.Request{Verb: "cancel", Reason: "wrong flavor", By: "ann", Time: q.Time}, q)
}

// A run that keeps what it has does not wait for the undo of a scope that was to be
// tried again.
func TestARunThatKeepsEndsItsUndos(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", -1)
	p.faults["unmake a"] = fault{times: 60, retryable: true}  // for a quarter of an hour
	p.faults["look other"] = fault{times: 5, retryable: true} // then it fails for good
	l := p.run(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("kept", saga.FailurePolicy(saga.OnFailureKeep))
		in := f.Scope("in", saga.Retrying(saga.Times(2)))
		b := add(in, "b", add(in, "a"))
		saga.Add(f, "other", looks.With(saga.Options{MaximumAttempts: 5}), saga.Value(thing{Name: "other"}))
		return f, b
	})
	require.Equal(t, saga.RunStopped, l.State)
	require.Equal(t, []string{"in/a"}, l.LeftBehind())
	require.Less(t, l.Ended.Sub(l.Started), 2*time.Minute)
}

// While a person decides about one branch, nothing new begins in another.
func TestAHeldRunStartsNothing(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", 1)
	p.faults["make right"] = fault{times: 3, retryable: true} // done after 7 s
	p.at(time.Minute, func() {
		require.Equal(t, []string{"base=SUCCESS", "left=FAILURE", "right=SUCCESS", "then=PENDING", "top=PENDING"},
			states(ledger(t, p.env)))
		p.tell(saga.VerbRetry, saga.Request{Task: "left"})
	})
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("held", saga.FailurePolicy(saga.OnFailureHold))
		base := add(f, "base")
		left, right := add(f, "left", base), add(f, "right", base)
		return f, add(f, "top", left, add(f, "then", right))
	})
	require.Empty(t, l.Cause, "a failure that was overcome is no cause")
}

// Of two failures a person had one tried again: the run was RUNNING and did nothing
// until its deadline took everything back, and nobody was asked about the other one.
func TestARunIsHeldUntilAllFailuresAreDecided(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", 1)
	p.fails("make right", 1)
	p.at(time.Minute, func() { p.tell(saga.VerbRetry, saga.Request{Task: "left"}) })
	p.at(2*time.Minute, func() {
		l := ledger(t, p.env)
		require.Equal(t, saga.RunHeld, l.State)
		require.Equal(t, []string{"base=SUCCESS", "left=SUCCESS", "right=FAILURE", "top=PENDING"}, states(l))
		p.tell(saga.VerbSkip,
			saga.Request{Task: "right", Reason: "by hand", Result: json.RawMessage(`{"name":"right"}`)})
	})
	p.commits(held)
}

// An undo that goes on meanwhile is no failure that a person must decide about.
func TestAHoldDoesNotWaitForTheUndoOfAnotherScope(t *testing.T) {
	p := newPlay(t)
	p.fails("make other", 1)
	p.fails("make b", 1)
	p.fails("unmake a", 3) // once a minute
	p.at(30*time.Second, func() { p.tell(saga.VerbRetry, saga.Request{Task: "other"}) })
	p.at(45*time.Second, func() { require.Equal(t, saga.RunRunning, ledger(t, p.env).State) })
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("held", saga.FailurePolicy(saga.OnFailureHold))
		in := f.Scope("in", saga.Retrying(saga.Times(2)))
		b := add(in, "b", add(in, "a"))
		return f, add(f, "last", b, add(f, "other"))
	})
}

// A run that was held because a scope took too long had no task to retry, could not go
// on, and went on when it was told to revert.
func TestAHoldForADeadlineCanBeDecided(t *testing.T) {
	p := newPlay(t)
	p.faults["make a"] = fault{times: 8, retryable: true} // done after more than a minute
	p.at(5*time.Minute, func() {
		require.Equal(t, saga.RunHeld, ledger(t, p.env).State)
		p.tell(saga.VerbRetry, saga.Request{})
	})
	p.commits(late)

	p = newPlay(t)
	p.faults["make a"] = fault{times: 8, retryable: true}
	p.at(5*time.Minute, func() { p.tell(saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureRevert}) })
	p.reverts("the deadline of 30s of scope in passed", late)
}

// A run was held because a scope took too long, and then the scope was done, and with it
// the run, which had no way from HELD to COMMITTED: it panicked, for ever.
func TestARunThatIsDoneWhileItIsHeldWaitsForADecision(t *testing.T) {
	for verb, end := range map[saga.Verb]saga.RunState{saga.VerbRetry: saga.RunCommitted,
		saga.VerbRevert: saga.RunReverted} {
		p := newPlay(t)
		p.faults["make a"] = fault{times: 8, retryable: true} // done after more than a minute
		p.at(5*time.Minute, func() {
			require.Equal(t, []string{"in/a=SUCCESS"}, states(ledger(t, p.env)))
			require.Equal(t, saga.RunHeld, ledger(t, p.env).State)
			p.tell(verb, saga.Request{})
		})
		require.Equal(t, end, p.run(func() (*saga.Flow, saga.Ref[thing]) {
			f := saga.NewFlow("late", saga.FailurePolicy(saga.OnFailureHold))
			return f, add(f.Scope("in", saga.Deadline(30*time.Second)), "a")
		}).State)
	}
}

// The undo of a scope that was to be tried again took too long while the run was held for
// another failure: there is no way from HELD to STUCK, and the run panicked, for ever.
func TestAHeldRunIsNotStuckToo(t *testing.T) {
	for _, first := range []fault{{times: 1}, {times: -1, retryable: true}} { // held before, or after
		p := newPlay(t)
		p.through(withDistinctIDs)
		p.faults["make other"] = first
		p.fails("make b", 1)
		p.fails("unmake a", -1)
		p.at(15*time.Minute, func() {
			p.heal("make other")
			p.mu.Lock()
			defer p.mu.Unlock()
			p.fails("make other", 1)
		})
		p.at(20*time.Minute, func() {
			require.Equal(t, saga.RunHeld, ledger(t, p.env).State)
			p.heal("unmake a")
			p.heal("make other")
			p.tell(saga.VerbRetry, saga.Request{})
		})
		p.commits(heldBesideUndo)
	}
}

func heldBesideUndo() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("held", saga.FailurePolicy(saga.OnFailureHold))
	in := f.Scope("in", saga.Retrying(saga.Times(2)))
	b := add(in, "b", add(in, "a"))
	return f, add(f, "last", b, add(f, "other"))
}

// late is held when its scope takes longer than it may.
func late() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("late", saga.FailurePolicy(saga.OnFailureHold))
	return f, add(f, "last", add(f.Scope("in", saga.Deadline(30*time.Second)), "a"))
}

// besidePivot is a flow in which something can fail beside the pivot.
func besidePivot() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("beside", saga.FailurePolicy(saga.OnFailureHold))
	left := add(f, "left")
	pivot := saga.Add(f, "pivot", makes, saga.Value(thing{Name: "pivot"}), saga.Pivot())
	return f, add(f, "top", left, pivot)
}

// A run that was held when its pivot succeeded could not be told to revert, but took
// all back when it was told to do so on failure.
func TestAHeldRunPastThePivotIsNotTakenBack(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", 1)
	p.faults["make pivot"] = fault{times: 3, retryable: true} // done after 7 s
	p.at(time.Minute, func() {
		require.Equal(t, []string{"left=FAILURE", "pivot=SUCCESS", "top=PENDING"}, states(ledger(t, p.env)))
		p.refused("past its point of no return", saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureRevert})
		p.env.SignalWorkflow(string(saga.VerbOnFailure), saga.Request{Policy: saga.OnFailureRevert}) // is dropped
	})
	p.at(2*time.Minute, func() { p.tell(saga.VerbRetry, saga.Request{Task: "left"}) })
	p.commits(besidePivot)
}

// A failure that waits for a person is moot when the scope around it is tried again
// because of another one: the run was HELD for ever, and a retry refused as nothing
// failed.
func TestAScopeThatIsTriedAgainEndsTheHoldForWhatFailedInIt(t *testing.T) {
	p := newPlay(t)
	p.fails("make left", 1)
	p.faults["make right"] = fault{times: 3, retryable: true}
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("overtaken", saga.FailurePolicy(saga.OnFailureHold))
		in := f.Scope("in", saga.Retrying(func(failures []saga.Failure) saga.Decision {
			if failures[len(failures)-1].Task == "in/right" {
				return saga.Again(0)
			}
			return saga.GiveUp()
		}))
		left := add(in, "left")
		return f, add(f, "top", left, saga.Add(in, "right", makes, saga.Value(thing{Name: "right"}),
			saga.RunWith(saga.Options{MaximumAttempts: 3})))
	})
	p.requireStory("in/left FAILURE", "HELD", "in/right FAILURE", "RUNNING", "in/left REVERTED", "in/left SUCCESS",
		"COMMITTED")
}

// What was being undone elsewhere, to be tried again, was named as the cause.
func TestARevertOfAHeldRunNamesWhatFailed(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", 1)
	p.faults["unmake a"] = fault{times: 10, retryable: true}
	p.faults["make side"] = fault{times: 2, retryable: true}
	p.at(time.Minute, func() {
		require.Equal(t, []string{"in/a=REVERTING", "in/b=REVERTED", "side=FAILURE", "top=PENDING"},
			states(ledger(t, p.env)))
		p.tell(saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureRevert})
	})
	p.reverts("task side failed: service unavailable", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("beside", saga.FailurePolicy(saga.OnFailureHold))
		in := f.Scope("in", saga.Retrying(saga.Times(2)))
		b := add(in, "b", add(in, "a"))
		side := saga.Add(f, "side", makes, saga.Value(thing{Name: "side"}),
			saga.RunWith(saga.Options{MaximumAttempts: 2}))
		return f, add(f, "top", b, side)
	})
}
