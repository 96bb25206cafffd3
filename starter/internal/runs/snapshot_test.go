package runs

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
)

// A user who waits for an image of 40 GB wants to know how far it is.
func TestWhatAnActivityReportsIsToldInWords(t *testing.T) {
	for want, said := range map[string]any{
		"volume web-1: creating, 3 s": "volume web-1: creating, 3 s",
		"42 % uploaded 16 of 40 GB":   saga.Progress{Percent: 42, Message: "uploaded 16 of 40 GB"},
		`{"part":7}`:                  map[string]int{"part": 7},
	} {
		details, err := converter.GetDefaultDataConverter().ToPayloads(said)
		require.NoError(t, err)
		require.Equal(t, want, reportText(details))
	}
}

// A stuck delete that was cancelled was said to be stuck still, with exit code 3, while
// its last task let go.
func TestAStuckRunThatIsToEndDoesNotWaitForAPerson(t *testing.T) {
	deleting := func(cause string, state saga.TaskState) Snapshot {
		return Snapshot{Ledger: &saga.Ledger{State: saga.RunStuck, Cause: cause,
			Tasks: []saga.Entry{{Task: "server-0", State: saga.TaskSuccess}, {Task: "port-0", State: state}}}}
	}
	require.True(t, deleting("", saga.TaskRunning).needsDecision())
	require.False(t, deleting("cancelled", saga.TaskRunning).needsDecision())
	require.True(t, deleting("no host", saga.TaskReverting).needsDecision(), "a revert that is stuck stays so")
	require.True(t, deleting("no host", saga.TaskRevertFailure).needsDecision())
}

// While a delete could not reach the cloud, its command said "unknown queryType ledger.
// KnownQueryTypes=[...]", and run show asked for a worker to be started.
func TestARunThatStillLooksUpIsToldInWords(t *testing.T) {
	unknown := serviceerror.NewQueryFailed("unknown queryType ledger. KnownQueryTypes=[__stack_trace]")
	require.True(t, IsBeforeFlow(unknown))
	require.False(t, IsBeforeFlow(errors.New("no worker")))
	require.Equal(t, "the run looks up what it is about: cloud \"c\": cannot be reached",
		LookupText(Snapshot{live: map[string]attempt{"5": {number: 2, failure: "cloud \"c\": cannot be reached"},
			"6": {number: 1}}}))
	require.Equal(t, "the run ended before it had tasks",
		LookupText(Snapshot{Status: enumspb.WORKFLOW_EXECUTION_STATUS_FAILED}))
}
