package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// A cancel, or a revert, went through a pause, but children stayed paused: those that
// were awaited until the deadline, and those that undid for ever, as the run itself was
// not paused any more and took no resume.
func TestChildrenWakeWithTheRun(t *testing.T) {
	undoing := func(p *play) {
		p.fails("make last", -1)
		p.fails("unmake x deep", 1)
		p.at(20*time.Second, p.env.CancelWorkflow)
	}
	awaited := func(p *play) {
		p.faults["make x bottom"] = fault{times: 4, retryable: true}
		p.at(20*time.Second, func() { p.tell(saga.VerbRevert, saga.Request{Reason: "no"}) })
	}
	for _, disturb := range []func(*play){undoing, awaited} {
		p, l := playKin(t, kinInput{Await: true}, func(p *play) {
			p.at(10*time.Second, func() { p.tell(saga.VerbPause, saga.Request{}) })
			disturb(p)
		})
		require.Equal(t, saga.RunReverted, l.State, "%v", p.env.GetWorkflowError())
		require.Empty(t, p.things)
		require.Less(t, l.Ended.Sub(l.Started), 5*time.Minute)
	}
}

// A run that was STUCK was paused, and what it was stuck for ended meanwhile: it went
// forward afterwards, and was STUCK until its end.
func TestARunThatIsPausedLeavesStuck(t *testing.T) {
	p := newPlay(t)
	p.through(withDistinctIDs)
	p.fails("make b", 1)
	p.faults["unmake a"] = fault{times: 48, retryable: true} // undone after some twelve minutes
	p.at(11*time.Minute, func() { p.tell(saga.VerbPause, saga.Request{}) })
	p.at(15*time.Minute, func() { p.tell(saga.VerbResume, saga.Request{}) })
	p.commits(scoped(saga.Retrying(saga.Times(2))))
	p.requireStory("STUCK", "PAUSED", "in/a REVERTED", "RUNNING", "in/a RUNNING", "COMMITTED")
}
