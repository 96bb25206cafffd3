package saga_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// skipLeft is that somebody passes over left, which may have been made, and gives a
// result.
func (p *play) skipLeft() {
	p.faults["make left"] = fault{times: -1, after: true}
	p.at(time.Minute, func() {
		p.tell(saga.VerbSkip, saga.Request{Task: "left", Reason: "by hand", Result: json.RawMessage(`{"name":"handmade"}`)})
	})
}

// What a task had made before a person passed it over was on no list, whether the run
// committed then or was abandoned.
func TestWhatWasPassedOverAfterItHadBegunIsLeftBehind(t *testing.T) {
	p := newPlay(t)
	p.skipLeft()
	require.Equal(t, []string{"left"}, p.commits(held).LeftBehind())

	p = newPlay(t)
	p.skipLeft()
	p.fails("make top", -1)
	p.at(2*time.Minute, func() { p.tell(saga.VerbAbandon, saga.Request{Reason: "enough"}) })
	require.Equal(t, []string{"base", "left", "right", "top"}, p.run(held).LeftBehind())
}

// A task that never began has left nothing.
func TestWhatNeverBeganIsNotLeftBehind(t *testing.T) {
	p := newPlay(t)
	p.at(time.Minute, func() { p.tell(saga.VerbAbandon, saga.Request{Reason: "enough"}) })
	l := p.run(mistakenPastPivot)
	require.Equal(t, []string{"pivot=SUCCESS", "after=FAILURE"}, states(l))
	require.Equal(t, []string{"pivot"}, l.LeftBehind())
}

// The undo of one attempt was given up, and the next attempt hid what was left.
func TestWhatAnEarlierAttemptLeftIsLeftBehind(t *testing.T) {
	for times, state := range map[int]saga.RunState{1: saga.RunCommitted, -1: saga.RunReverted} {
		p := newPlay(t)
		p.fails("make b", times)
		p.fails("unmake a", 1)
		p.at(20*time.Second, func() { p.tell(saga.VerbSkip, saga.Request{Task: "in/a", Reason: "gone already"}) })
		l := p.run(scoped(saga.Retrying(saga.Times(2))))
		require.Equal(t, state, l.State)
		require.Equal(t, []string{"in/a"}, l.LeftBehind())
		if times < 0 {
			require.ErrorContains(t, p.env.GetWorkflowError(), "; left behind: in/a")
		}
	}
}

// What the run knew of the attempts of a scope was forgotten when a child workflow was
// done with the last one.
func TestAttemptsBeforeThoseOfAChildAreKept(t *testing.T) {
	_, l := playErrand(t, errandInput{}, func(p *play) { p.fails("make zone-a", -1) })
	made := l.Entry("zone/part/made")
	require.Equal(t, 2, made.Attempt)
	require.Len(t, made.Earlier, 1)
	require.Equal(t, saga.TaskReverted, made.Earlier[0].State)
}
