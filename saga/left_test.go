package saga_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// skipLeft passes over left, as a person would, and gives a result. The task may have
// created its resource.
func (p *play) skipLeft() {
	p.faults["make left"] = fault{times: -1, after: true}
	p.at(time.Minute, func() {
		p.tell(saga.VerbSkip,
			saga.Request{Task: "left", Reason: "by hand", Result: json.RawMessage(`{"name":"handmade"}`)})
	})
}

// A task had created a resource before a person passed it over. The bug: the resource was
// on no list, whether the run then committed or was abandoned.
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

// A person passed over a task without a result, and the flow's own result needed it. The
// bug: when all tasks were done, the run reverted all of them.
func TestATaskThatTheFlowsResultIsMadeOfIsNotPassedOverWithoutOne(t *testing.T) {
	skip := saga.Request{Task: "top", Reason: "not needed"}
	p := newPlay(t)
	p.fails("make top", -1)
	p.at(time.Minute, func() {
		p.refused("the flow's result needs the result of top: give one", saga.VerbSkip, skip)
		p.env.SignalWorkflow(string(saga.VerbSkip), skip) // is dropped
	})
	p.at(2*time.Minute, func() {
		skip.Result = json.RawMessage(`{"name":"handmade"}`)
		p.tell(saga.VerbSkip, skip)
	})
	p.commits(held)
}

// A child workflow passed a task over without the result that a task outside of it used.
func TestATaskInAChildIsNotPassedOverWithoutTheResultThatIsUsedOutside(t *testing.T) {
	p, l := playErrand(t, errandInput{Pivot: true, Slow: true}, func(p *play) {
		p.fails("make slow", -1)
		skip := saga.Request{Task: "zone/part/slow", Reason: "not needed"}
		p.at(90*time.Second, func() { p.env.SignalWorkflow(string(saga.VerbSkip), skip) }) // is dropped
		p.at(150*time.Second, func() {
			skip.Result = json.RawMessage(`{"name":"handmade"}`)
			p.env.SignalWorkflow(string(saga.VerbSkip), skip)
		})
	})
	require.Equal(t, saga.RunCommitted, l.State)
	require.JSONEq(t, `{"name":"handmade"}`, string(l.Entry("zone/part/slow").Out))
	require.Empty(t, p.with("unmake"))
}
