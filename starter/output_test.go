package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/mocks"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
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
	session := &session{out: &out, errOut: io.Discard}
	s := snapshot{workflow: "server:c:web-1", run: "r1", kind: workflows.ServerCreateName, status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED}
	made := workflows.Server{ID: "s1", Name: "web-1", Status: "ACTIVE", Addresses: []string{"10.0.0.4"}, FloatingIP: "203.0.113.9", Ports: []string{"p1"}, BootVolume: "v1"}
	require.NoError(t, reportCommitted(context.Background(), session, engineWith(made), s, term.AsJSON))
	require.JSONEq(t, `{"workflowId": "server:c:web-1", "runId": "r1", "outcome": {"state": "COMMITTED"}, "result":
		{"id": "s1", "name": "web-1", "status": "ACTIVE", "addresses": ["10.0.0.4"], "floatingIP": "203.0.113.9", "ports": ["p1"], "bootVolume": "v1"}}`, out.String())
}

func TestDocumentOfARevertedCreate(t *testing.T) {
	var out bytes.Buffer
	session := &session{out: &out, errOut: io.Discard}
	o := outcome{State: string(saga.RunReverted), Task: "server", Cause: "no host", TakenBack: []string{"port-0"}}
	err := reportFailure(session.out, "server web-1 was not created", o, snapshot{workflow: "server:c:web-1", run: "r1"}, term.AsJSON)
	require.Equal(t, term.ExitFailed, term.Code(err))
	require.Empty(t, err.Error(), "everything is in the document")
	require.JSONEq(t, `{"workflowId": "server:c:web-1", "runId": "r1", "outcome": {"state": "REVERTED", "task": "server", "cause": "no host", "takenBack": ["port-0"]}}`, out.String())
}

func TestListTellsTheAge(t *testing.T) {
	var out bytes.Buffer
	rows := serverRows("c", []activities.Server{
		{OwnedObject: activities.OwnedObject{ID: "s1", Name: "web-1", Mark: "novaflow:r1/server#1"}, Created: time.Now().Add(-50 * time.Hour)},
		{OwnedObject: activities.OwnedObject{ID: "s2", Name: "web-2", Mark: "novaflow:r1/server#1"}},
	}, false)
	require.NoError(t, printServers((&session{out: &out}).out, rows, term.AsTable))
	require.Contains(t, out.String(), "AGE")
	require.Contains(t, out.String(), "2 days")
	document, err := json.Marshal(rows[1])
	require.NoError(t, err)
	require.NotContains(t, string(document), "created", "an unknown time is no time")
}

// A user's own flow used to be told as "deleted, with all that was made for it".
func TestACommittedRunOfAnotherFlowTellsItsResult(t *testing.T) {
	var out bytes.Buffer
	session := &session{out: &out, errOut: io.Discard}
	s := snapshot{workflow: "guest:7", run: "r1", kind: "CheckIn", status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED}
	require.NoError(t, reportCommitted(context.Background(), session, engineWith(workflows.Server{ID: "s1"}), s, term.AsTable))
	require.Contains(t, out.String(), `CheckIn guest:7 has committed: {"id":"s1"`)
}
