package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/mocks"
	"go.yaml.in/yaml/v3"

	"novaflow/activities"
	"novaflow/saga"
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
	require.NoError(t, reportCommitted(context.Background(), session, engineWith(made), s, asJSON))
	require.JSONEq(t, `{"workflowId": "server:c:web-1", "runId": "r1", "outcome": {"state": "COMMITTED"}, "result":
		{"id": "s1", "name": "web-1", "status": "ACTIVE", "addresses": ["10.0.0.4"], "floatingIP": "203.0.113.9", "ports": ["p1"], "bootVolume": "v1"}}`, out.String())
}

func TestDocumentOfARevertedCreate(t *testing.T) {
	var out bytes.Buffer
	session := &session{out: &out, errOut: io.Discard}
	o := outcome{State: string(saga.RunReverted), Task: "server", Cause: "no host", TakenBack: []string{"port-0"}}
	err := reportFailure(session.out, "server web-1 was not created", o, snapshot{workflow: "server:c:web-1", run: "r1"}, asJSON)
	require.Equal(t, exitFailed, code(err))
	require.Empty(t, err.Error(), "everything is in the document")
	require.JSONEq(t, `{"workflowId": "server:c:web-1", "runId": "r1", "outcome": {"state": "REVERTED", "task": "server", "cause": "no host", "takenBack": ["port-0"]}}`, out.String())
}

func TestListTellsTheAge(t *testing.T) {
	var out bytes.Buffer
	rows := serverRows("c", []activities.Server{
		{OwnedObject: activities.OwnedObject{ID: "s1", Name: "web-1", Mark: "novaflow:r1/server#1"}, Created: time.Now().Add(-50 * time.Hour)},
		{OwnedObject: activities.OwnedObject{ID: "s2", Name: "web-2", Mark: "novaflow:r1/server#1"}},
	}, false)
	require.NoError(t, printServers((&session{out: &out}).out, rows, asTable))
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
	require.NoError(t, reportCommitted(context.Background(), session, engineWith(workflows.Server{ID: "s1"}), s, asTable))
	require.Contains(t, out.String(), `CheckIn guest:7 has committed: {"id":"s1"`)
}

// A reason with a DEL in it, and every text of a cloud with one, made each look at the
// run end in "yaml: control characters are not allowed".
func TestYAMLTakesEveryText(t *testing.T) {
	for _, text := range []string{"a\x7fb", "a\u0085b\u009fb", "a\ufffeb\uffffb", "a\x00\x1b[31mb", "a\u2028b\ufeffb", "服务器 \U0001F642"} {
		var out strings.Builder
		require.NoError(t, printDocument(&out, asYAML, map[string]string{"reason": text}), "%q", text)
		var read map[string]string
		require.NoError(t, yaml.Unmarshal([]byte(out.String()), &read))
		require.Equal(t, text, read["reason"])
	}
}

// A reason or a name could clear the screen of whoever looked at the run.
func TestWhatOthersWroteIsNotObeyedByATerminal(t *testing.T) {
	var out strings.Builder
	require.NoError(t, printTable(&out, [][]string{{"NAME"}, {"web\x1b[2J"}}))
	require.NoError(t, printFields(&out, [][2]string{{"reason", "a\x1b[2J\u009b31m\nb"}}))
	require.Equal(t, "NAME\nweb\uFFFD[2J\n  reason  a\uFFFD[2J\uFFFD31m\nb\n", out.String())
}
