package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// older makes the run one that began before a change of this package.
func (p *play) older(change string) {
	p.env.OnGetVersion(change, workflow.DefaultVersion, workflow.Version(1)).Return(workflow.DefaultVersion)
}

// Runs that an older version began replay what it did: after the first answer they go
// on, and a deadline of a scope waits for nobody.
func TestOlderRunsAreHeldAsTheyWere(t *testing.T) {
	p := newPlay(t)
	p.older("novaflow-hold-until-decided")
	p.fails("make left", 1)
	p.fails("make right", 1)
	p.at(time.Minute, func() { p.tell(saga.VerbRetry, saga.Request{Task: "left"}) })
	p.at(2*time.Minute, func() { require.Equal(t, saga.RunRunning, ledger(t, p.env).State) })
	p.reverts("the deadline of 1h0m0s passed", held)

	p = newPlay(t)
	p.older("novaflow-patient-scopes")
	p.older("novaflow-one-failure")
	p.older("novaflow-hold-overtaken")
	p.fails("make server", 1)
	p.at(20*time.Minute, func() {
		require.Equal(t, "zone/server=PENDING", states(ledger(t, p.env))[1])
		p.tell(saga.VerbRevert, saga.Request{Reason: "enough"})
	})
	require.Equal(t, 3, p.reverts("enough", patient).Scopes[1].Attempt, "each failure was an attempt")
}

// They went back from where there is no way back.
func TestOlderRunsTakeMistakesPastThePivotBack(t *testing.T) {
	p := newPlay(t)
	p.older("novaflow-mistakes-past-pivot")
	p.reverts("the function that makes the input panicked: oh", mistakenPastPivot)
	require.NotEmpty(t, p.with("unmake pivot"))
}

// Past its deadline a failed run went on to wait for what it awaited.
func TestOlderRunsAwaitSiblingsWithoutEnd(t *testing.T) {
	p := newPlay(t)
	p.older("novaflow-bounded-wait")
	p.fails("make bad", -1)
	p.faults["make good"] = fault{times: 60, retryable: true} // a quarter of an hour
	l := p.reverts("task bad failed", awaiting)
	require.Greater(t, l.Entry("good").Ended.Sub(l.Started), 10*time.Minute)
	require.NotEmpty(t, p.with("make good"))
}

// A run that was held for the deadline of a scope had nothing to retry, and went on when
// it was told to go back.
func TestOlderRunsGoOnFromAHoldForADeadline(t *testing.T) {
	p := newPlay(t)
	p.older("novaflow-held-for-deadline")
	p.faults["make a"] = fault{times: 8, retryable: true} // done after more than a minute
	p.at(5*time.Minute, func() { p.refused("no task has failed", saga.VerbRetry, saga.Request{}) })
	p.at(6*time.Minute, func() { p.tell(saga.VerbOnFailure, saga.Request{Policy: saga.OnFailureRevert}) })
	p.commits(late)
}

// What was done too late counted as done, and the run went on with what it undid.
func TestOlderRunsGoOnWithWhatWasDoneTooLate(t *testing.T) {
	p := newPlay(t)
	p.older("novaflow-too-late")
	p.faults["make slow"] = fault{times: 6, retryable: true}
	require.Equal(t, saga.TaskReverting, p.commits(tooLate).Entry("in/slow").State)
}
