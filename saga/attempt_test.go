package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// The undo reverts what the first attempt created. The bug: a later attempt that skips
// the task would use a resource that is gone.
func TestResultsOfAnEarlierAttemptAreForgotten(t *testing.T) {
	p := newPlay(t)
	p.fails("make last", 1)
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("forgetful")
		zone, name := saga.ForEach(f, "zone", []string{"a", "b"})
		only := saga.When(name, func(zone string) bool { return zone == "a" })
		extra := saga.Add(zone, "extra", makes, saga.Value(thing{Name: "extra"}), only)
		return f, saga.Add(zone, "last", makes, saga.From(saga.Optional(extra), func(extra *thing) thing {
			if extra == nil {
				return thing{Name: "last"}
			}
			return thing{Name: "last", Of: []string{extra.Name}}
		}))
	})
	p.requireStory("zone/extra SUCCESS", "zone/last FAILURE", "zone/extra REVERTED", "zone/extra SKIPPED",
		"zone/last SUCCESS")
	require.JSONEq(t, `{"name":"last"}`, string(l.Entry("zone/last").Out), "extra of the first attempt is gone")
	require.Empty(t, l.Entry("zone/extra").Out)
}

// With a bound on its attempts, an undo would give up without a person's decision, or
// wait a minute between tries that the engine starts at once.
func TestTheAttemptsOfAnUndoAreNotBounded(t *testing.T) {
	once := saga.Options{MaximumAttempts: 1}
	for name, flow := range map[string]func() (*saga.Flow, saga.Ref[thing]){
		"unmake left": func() (*saga.Flow, saga.Ref[thing]) {
			f := saga.NewFlow("bounded")
			left := saga.Add(f, "left", makes.UndoWith(once), saga.Value(thing{Name: "left"}))
			return f, add(f, "last", left)
		},
		"unmake all of in": scoped(saga.UndoneTogether(worldOf.UnmakeAll, once)),
	} {
		p := newPlay(t)
		p.fails("make last", -1)
		p.faults[name] = fault{times: 4, retryable: true}
		l := p.reverts("task last failed", flow)
		require.Less(t, l.Ended.Sub(l.Started), time.Minute, name)
		require.NotContains(t, p.story(), "left REVERT_FAILURE")
		require.NotContains(t, p.story(), "in/a REVERT_FAILURE")
	}
}

// bounded is a scope with a deadline, then a task that takes longer.
func bounded() (*saga.Flow, saga.Ref[thing]) {
	return scoped(saga.Deadline(30*time.Second), saga.Retrying(saga.Times(2)))()
}

// A timer that nobody needs any more costs events, and a workflow task when it fires.
func TestTheDeadlineOfAScopeEndsWithTheScope(t *testing.T) {
	p := newPlay(t)
	p.faults["make last"] = fault{times: 8, retryable: true}
	cancelled := 0
	p.env.SetOnTimerCanceledListener(func(string) { cancelled++ })
	p.commits(bounded)
	require.Equal(t, 1, cancelled)
}

// A deadline can pass in the same step in which the last task of its scope ends:
// then it is too late to cancel the timer.
func TestADeadlineThatPassesAsItsScopeEndsChangesNothing(t *testing.T) {
	p := newPlay(t)
	p.faults["make last"] = fault{times: 8, retryable: true}
	p.through(withRelentlessTimers)
	l := p.commits(bounded)
	require.Greater(t, l.Ended.Sub(l.Started), 30*time.Second, "the deadline has passed")
	require.Equal(t, 1, l.Entry("in/b").Attempt)
	require.Empty(t, l.Scopes[1].Failures)
}

func TestEachAttemptHasTheDeadlineOfItsScope(t *testing.T) {
	p := newPlay(t)
	p.faults["make b"] = fault{times: -1, retryable: true}
	l := p.reverts("the deadline of 30s of scope in passed",
		scoped(saga.Deadline(30*time.Second), saga.Retrying(saga.Times(3))))
	require.Len(t, l.Scopes[1].Failures, 3)
	require.Equal(t, []int{1, 2, 3},
		[]int{l.Scopes[1].Failures[0].Attempt, l.Scopes[1].Failures[1].Attempt, l.Scopes[1].Failures[2].Attempt})
	require.Less(t, l.Ended.Sub(l.Started), 3*time.Minute)
}

// A scope that waits for its next attempt while the run gives up must not begin it.
func TestAScopeThatWaitsForItsNextAttemptIsTakenBackAsItIs(t *testing.T) {
	p := newPlay(t)
	p.fails("make a", -1)
	p.faults["make slow"] = fault{times: 9, retryable: true} // done after more than a minute
	p.faults["look other"] = fault{times: -1, retryable: true}
	l := p.reverts("task other failed", func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("waiting", saga.AwaitSiblings())
		in := f.Scope("in", saga.Retrying(func(failures []saga.Failure) saga.Decision {
			if len(failures) > 3 {
				return saga.GiveUp()
			}
			return saga.Again(30 * time.Second)
		}))
		add(in, "a")
		saga.Add(f, "other", looks.With(saga.Options{MaximumAttempts: 4}), saga.Value(thing{Name: "other"}))
		return f, add(f, "slow")
	})
	require.Equal(t, []string{"in/a=REVERTED", "other=FAILURE", "slow=REVERTED"}, states(l))
	require.Equal(t, 1, l.Entry("in/a").Attempt)
}

// A person who gave up an undo gave it up for one attempt only.
func TestAnUndoIsGivenUpForOneAttempt(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", -1)
	p.fails("unmake a", -1)
	p.at(20*time.Second, func() {
		p.tell(saga.VerbSkip, saga.Request{Task: "in/a", Reason: "gone already"})
		p.heal("unmake a")
		p.fails("unmake a", 1)
	})
	l := p.run(scoped(saga.Retrying(saga.Times(2))))
	require.Equal(t, saga.TaskAbandoned, l.Entry("in/a").Earlier[0].State)
	require.Equal(t, saga.TaskReverted, l.Entry("in/a").State, "its second attempt is undone")
}

// A scope is undone for its next attempt while the whole run is reverted. The bug: the
// scope would turn and go forward again.
func TestARevertOverridesTheNextAttempt(t *testing.T) {
	p := newPlay(t)
	p.fails("make b", 1)
	p.fails("unmake a", 3) // once a minute
	p.at(30*time.Second, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "enough"}) })
	atOnce := func([]saga.Failure) saga.Decision { return saga.Again(0) }
	p.reverts("reverted on request: enough", scoped(saga.Retrying(atOnce)))
	require.NotContains(t, p.story(), "in/a PENDING")
}

// One attempt has one failure: while it waits for siblings, its deadline is none more.
func TestADeadlineThatPassesWhileSiblingsAreAwaitedIsNoSecondFailure(t *testing.T) {
	p := newPlay(t)
	p.fails("make bad", 1)
	p.faults["make good"] = fault{times: 6, retryable: true} // done after 46 s
	l := p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("siblings")
		in := f.Scope("in", saga.AwaitSiblings(), saga.Deadline(30*time.Second), saga.Retrying(saga.Times(2)))
		add(in, "good")
		return f, add(in, "bad")
	})
	require.Len(t, l.Scopes[1].Failures, 1)
}

// Past the point of no return, a deadline would revert what can only go forward.
func TestPastThePivotTheDeadlineOfAScopeTakesNothingBack(t *testing.T) {
	p := newPlay(t)
	p.faults["make after"] = fault{times: 8, retryable: true}
	p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("pivoted")
		pivot := saga.Add(f, "pivot", makes, saga.Value(thing{Name: "pivot"}), saga.Pivot())
		return f, add(f.Scope("in", saga.Deadline(30*time.Second)), "after", pivot)
	})
	require.Empty(t, p.with("unmake"))
}

// A failed flow, or scope, that awaited a sibling which never ended waited for ever,
// past every deadline.
func TestADeadlineEndsTheWaitForSiblings(t *testing.T) {
	slow := func(p *play) { p.faults["make good"] = fault{times: 200, retryable: true} } // most of an hour
	p := newPlay(t)
	p.fails("make bad", -1)
	slow(p)
	l := p.reverts("task bad failed", awaiting)
	require.Equal(t, 5*time.Minute, l.Entry("good").Ended.Sub(l.Started).Round(time.Minute))

	p = newPlay(t)
	p.fails("make bad", 1)
	slow(p)
	p.at(6*time.Minute, func() { p.heal("make good") })
	l = p.commits(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("siblings")
		in := f.Scope("in", saga.AwaitSiblings(), saga.Deadline(5*time.Minute), saga.Retrying(saga.Times(2)))
		add(in, "good")
		return f, add(in, "bad")
	})
	require.Equal(t, "cancelled", l.Entry("in/good").Earlier[0].Error)
}

// The last task of a scope ended after the scope's deadline, so the scope was undone. The
// bug: the run went on with what the scope had created, or had committed before the undo
// was done.
func TestAScopeThatIsDoneTooLateIsNotDone(t *testing.T) {
	for _, flow := range []func() (*saga.Flow, saga.Ref[thing]){tooLate, tooLateBefore} {
		p := newPlay(t)
		p.faults["make slow"] = fault{times: 6, retryable: true} // done after 46 s
		l := p.commits(flow)
		require.Equal(t, 2, l.Entry("in/slow").Attempt)
		require.Equal(t, saga.TaskSuccess, l.Entry("in/slow").State)
		require.Len(t, p.things, len(l.Tasks))
		require.Len(t, p.with("make last"), len(l.Tasks)-1)
	}
}

func tooLate() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("slow")
	return f, add(f.Scope("in", saga.AwaitSiblings(), saga.Deadline(30*time.Second), saga.Retrying(saga.Times(2))),
		"slow")
}

func tooLateBefore() (*saga.Flow, saga.Ref[thing]) {
	f, slow := tooLate()
	return f, add(f, "last", slow)
}

// awaiting lets good finish when bad fails.
func awaiting() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("siblings", saga.AwaitSiblings(), saga.Deadline(5*time.Minute))
	add(f, "good")
	return f, add(f, "bad")
}
