package change

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/mocks"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
)

// engineWith is an engine on which every run has returned v.
func engineWith(v any) *mocks.Client {
	run, engine := &mocks.WorkflowRun{}, &mocks.Client{}
	run.On("Get", mock.Anything, mock.Anything).Return(func(_ context.Context, out any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return json.Unmarshal(text, out)
	})
	engine.On("GetWorkflow", mock.Anything, mock.Anything, mock.Anything).Return(run)
	return engine
}

// Scripts read this document: a field that is renamed breaks them.
func TestDocumentOfACreatedServer(t *testing.T) {
	var out bytes.Buffer
	session := &runs.Session{Out: &out, ErrOut: io.Discard}
	s := runs.Snapshot{Workflow: "server:c:web-1", Run: "r1", Kind: server.Create.Workflow,
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED}
	made := server.Server{ID: "s1", Name: "web-1", Status: "ACTIVE", Addresses: []string{"10.0.0.4"},
		FloatingIP: "203.0.113.9", Ports: []string{"p1"}, BootVolume: "v1"}
	require.NoError(t, ReportCommitted(context.Background(), session, engineWith(made), s, term.AsJSON))
	require.JSONEq(t, `{"workflowId": "server:c:web-1", "runId": "r1", "outcome": {"state": "COMMITTED"}, "result":
		{"id": "s1", "name": "web-1", "status": "ACTIVE", "addresses": ["10.0.0.4"], "floatingIP": "203.0.113.9", "ports": ["p1"], "bootVolume": "v1"}}`, out.String())
}

func TestDocumentOfARevertedCreate(t *testing.T) {
	var out bytes.Buffer
	session := &runs.Session{Out: &out, ErrOut: io.Discard}
	o := runs.Outcome{State: string(saga.RunReverted), Task: "server", Cause: "no host", Reverted: []string{"port-0"}}
	err := ReportFailure(session.Out, "server web-1 was not created", o,
		runs.Snapshot{Workflow: "server:c:web-1", Run: "r1"}, term.AsJSON)
	require.Equal(t, term.ExitFailed, term.Code(err))
	require.Empty(t, err.Error(), "everything is in the document")
	require.JSONEq(t, `{"workflowId": "server:c:web-1", "runId": "r1", "outcome": {"state": "REVERTED", "task": "server", "cause": "no host", "reverted": ["port-0"]}}`, out.String())
}

// A user's own flow used to be told as "deleted, with everything that was created for
// it".
func TestACommittedRunOfAnotherFlowTellsItsResult(t *testing.T) {
	var out bytes.Buffer
	session := &runs.Session{Out: &out, ErrOut: io.Discard}
	s := runs.Snapshot{Workflow: "guest:7", Run: "r1", Kind: "CheckIn",
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED}
	require.NoError(t, ReportCommitted(context.Background(), session, engineWith(server.Server{ID: "s1"}), s,
		term.AsTable))
	require.Contains(t, out.String(), `CheckIn guest:7 has committed: {"id":"s1"`)
}
