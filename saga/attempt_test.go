package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// What the first attempt made is undone: a later attempt that skips the task would
// use a thing that is gone.
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
	p.requireStory("zone/extra SUCCESS", "zone/last FAILURE", "zone/extra REVERTED", "zone/extra SKIPPED", "zone/last SUCCESS")
	require.JSONEq(t, `{"name":"last"}`, string(l.Entry("zone/last").Out), "extra of the first attempt is gone")
	require.Empty(t, l.Entry("zone/extra").Out)
}

// A bound on the attempts of an undo would give up what nobody has waived, or leave a
// minute between tries that the engine makes at once.
func TestTheAttemptsOfAnUndoAreNotBounded(t *testing.T) {
	once := saga.Options{Attempts: 1}
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
	through(p.env, withRelentlessTimers)
	l := p.commits(bounded)
	require.Greater(t, l.Ended.Sub(l.Started), 30*time.Second, "the deadline has passed")
	require.Equal(t, 1, l.Entry("in/b").Attempt)
	require.Empty(t, l.Scopes[1].Failures)
}
