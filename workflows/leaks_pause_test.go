package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/saga"
	"novaflow/workflows/server"
)

// Who has paused something can neither delete it nor go on, and what it holds
// stays: here a pause does not keep anybody from taking a run back.
// https://github.com/spinnaker/keel/issues/1384
func TestLeakOfWhatAPausedRunHolds(t *testing.T) {
	w := leakWorld(t, "nova POST /servers$ stuck 1")
	a := w.begin(server.Create.Workflow, wholeServer)
	w.reached(t, "server", "BUILD")
	a.env.SignalWorkflow(string(saga.VerbPause), saga.Request{Verb: saga.VerbPause, Reason: "test"})
	a.env.CancelWorkflow()
	require.ErrorContains(t, a.end(), "cancel")
	w.asEmpty(t)
	w.exactlyOnce(t, w.create(wholeServer))
}
