package runs

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/workflows/spec"
)

func ended(status enumspb.WorkflowExecutionStatus, l *saga.Ledger) Snapshot {
	return Snapshot{Workflow: "server:c:web-1", Status: status, Ledger: l}
}

func revertedError() error {
	return temporal.NewNonRetryableApplicationError("reverted, task server failed: no host", saga.ErrTypeReverted, nil,
		saga.Reverted{Task: "server", Cause: "no host", Undone: []string{"port-0"}})
}

func TestExitCodeTellsTheOutcome(t *testing.T) {
	half := &saga.Ledger{State: saga.RunRunning, Tasks: []saga.Entry{
		{Task: "port-0", Undo: "DeletePort", State: saga.TaskSuccess, Started: noon},
		{Task: "server", Undo: "DeleteServer", State: saga.TaskPending},
	}}
	passed := &saga.Ledger{State: saga.RunCommitted,
		Tasks: []saga.Entry{{Task: "port-0", Undo: "DeletePort", State: saga.TaskSkipped, Started: noon}}}
	for name, c := range map[string]struct {
		of   Snapshot
		err  error
		want Outcome
		code int
	}{
		"committed": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, nil), nil, Outcome{State: "COMMITTED"}, 0},
		"committed, a task that had begun was passed over": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, passed),
			nil, Outcome{State: "COMMITTED", LeftBehind: []string{"port-0"}}, 0},
		"reverted, told by the failure as no worker is there": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, nil),
			revertedError(),
			Outcome{State: "REVERTED", Task: "server", Cause: "no host", Reverted: []string{"port-0"}}, 1},
		"cancelled": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED,
			&saga.Ledger{State: saga.RunReverted, Cause: "cancelled"}), temporal.NewCanceledError(),
			Outcome{State: "REVERTED", Cause: "cancelled"}, 1},
		"cancelled, no ledger": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, nil), temporal.NewCanceledError(),
			Outcome{State: "CANCELED", Cause: "cancelled"}, 1},
		"invalid": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, nil),
			temporal.NewNonRetryableApplicationError("name: missing", spec.ErrTypeInvalidSpec, nil),
			Outcome{State: "INVALID", Cause: "name: missing"}, 2},
		"failed": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, nil), errors.New("boom"),
			Outcome{State: "FAILED", Cause: "boom"}, 1},
		"terminated": {ended(enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, half), errors.New("terminated"),
			Outcome{State: "TERMINATED", Cause: "terminated", LeftBehind: []string{"port-0"}}, 1},
		"stuck": {stuck(), nil, Outcome{State: "STUCK", Cause: stuck().Ledger.Cause, Reverted: []string{"port-0"}},
			3},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewOutcome(c.of, c.err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.code, got.ExitCode())
		})
	}
}

func TestExplainSaysWhatIsLeft(t *testing.T) {
	s := Snapshot{Workflow: "server:c:it's me"}
	for _, c := range []struct {
		of   Outcome
		want []string
	}{
		{Outcome{State: "REVERTED", Task: "server", Cause: "no host", Reverted: []string{"port-0", "boot"}},
			[]string{"it failed: task server failed: no host", "reverted: port-0, boot"}},
		{Outcome{State: "REVERTED", Cause: "cancelled"}, []string{"it failed: cancelled", "nothing was created"}},
		{Outcome{State: "TERMINATED", Cause: "terminated", LeftBehind: []string{"port-0"}},
			[]string{"it failed: terminated", "not reverted, and may still exist: port-0"}},
		{Outcome{State: "STUCK", Cause: "no host"}, []string{"it failed: no host: the run is STUCK",
			`It keeps retrying. Look at it with ` + "`novaflow run show 'server:c:it'\\''s me'`, follow it with " +
				"`novaflow run watch 'server:c:it'\\''s me'`."}},
		{Outcome{State: "HELD", Cause: "no host"}, []string{"it failed: no host",
			`The run is HELD until you decide how to go on: ` +
				"`novaflow run retry|skip|revert|abandon 'server:c:it'\\''s me'`."}},
	} {
		require.Equal(t, c.want, c.of.Explain("it failed", s))
	}
}

// A run that committed said nothing of what a person had passed over.
func TestNotesSayWhatACommittedRunLeft(t *testing.T) {
	require.Equal(t, []string{"not reverted, and may still exist: port-0"},
		Outcome{State: "COMMITTED", LeftBehind: []string{"port-0"}}.Notes(Snapshot{}))
	require.Empty(t, Outcome{State: "COMMITTED"}.Notes(Snapshot{}))
}

// Why a run reverts is not why the revert does not end: the words that a person
// can act on are those of the undo.
func TestExplainSaysWhichUndoIsStuck(t *testing.T) {
	s := Snapshot{Workflow: "server:c:web-1",
		live: map[string]attempt{"undo port-0": {failure: "the port is held\nby a load balancer"}},
		Ledger: &saga.Ledger{Tasks: []saga.Entry{
			{Task: "port-0", State: saga.TaskReverting}, {Task: "port-1", State: saga.TaskReverting},
			{Task: "boot", State: saga.TaskRevertFailure, UndoError: "volume is in use"},
			{Task: "server", State: saga.TaskReverted},
		}}}
	require.Equal(t, "server web-1 was not created: no host, and its revert is STUCK: "+
		"undo of port-0: the port is held by a load balancer; undo of port-1; undo of boot: volume is in use",
		Outcome{State: "STUCK", Cause: "no host"}.Explain("server web-1 was not created", s)[0])
}

// The bug: the reason why a delete is stuck was known, but explain said only "it makes no
// progress". A task that was refused for good waits a minute before its next try.
func TestExplainSaysWhatKeepsADeleteFromItsEnd(t *testing.T) {
	s := Snapshot{Workflow: "server:c:web-1",
		live: map[string]attempt{"server-0": {number: 2, report: "nova: Locked by admin. (HTTP 409)"}},
		Ledger: &saga.Ledger{Tasks: []saga.Entry{{Task: "server-0", State: saga.TaskRunning},
			{Task: "port-0", State: saga.TaskPending},
			{Task: "volume-0", State: saga.TaskFailure, Error: "cinder: Policy forbids it. (HTTP 403)"}}}}
	require.Equal(t, "server web-1 was not deleted: task server-0: nova: Locked by admin. (HTTP 409); task volume-0: "+
		"cinder: Policy forbids it. (HTTP 403): the run is STUCK",
		Outcome{State: "STUCK"}.Explain("server web-1 was not deleted", s)[0])
}

// The bug: "It goes on trying" let people wait although nothing is tried again. The cause
// was a mistake in the flow past its point of no return.
func TestExplainSaysThatAMistakeOfTheFlowWaitsForAPerson(t *testing.T) {
	s := Snapshot{Workflow: "server:c:web 1", Ledger: &saga.Ledger{Tasks: []saga.Entry{{Task: "done",
		State: saga.TaskFailure, Error: "the function that computes the input: index out of range"}}}}
	lines := Outcome{State: "STUCK"}.Explain("server web-1 was not deleted", s)
	require.NotContains(t, lines[1], "keeps retrying")
	for _, verb := range []string{"skip 'server:c:web 1' done --reason WHY", "retry 'server:c:web 1' done",
		"abandon 'server:c:web 1' --reason WHY"} {
		require.Contains(t, lines[1], "`novaflow run "+verb+"`")
	}
	s.Ledger.Tasks[0].Started = time.Now() // the cloud refused it, and is asked again
	require.Contains(t, Outcome{State: "STUCK"}.Explain("", s)[1], "It keeps retrying.")
}
