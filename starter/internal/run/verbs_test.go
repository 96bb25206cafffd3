package run

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
)

func TestRequestOfAVerb(t *testing.T) {
	find := func(v saga.Verb) verbCommand {
		for _, candidate := range verbs {
			if candidate.verb == v {
				return candidate
			}
		}
		t.Fatalf("no command for %s", v)
		return verbCommand{}
	}
	q, err := find(saga.VerbSkip).request(saga.Request{Reason: "by hand"}, []string{"port-0"}, `{"id":"p"}`)
	require.NoError(t, err)
	require.Equal(t, saga.Request{Verb: saga.VerbSkip, Task: "port-0", Reason: "by hand",
		Result: json.RawMessage(`{"id":"p"}`)}, q)
	q, err = find(saga.VerbOnFailure).request(saga.Request{}, []string{"hold"}, "")
	require.NoError(t, err)
	require.Equal(t, saga.OnFailureHold, q.Policy)
	q, err = find(saga.VerbRetry).request(saga.Request{}, nil, "")
	require.NoError(t, err)
	require.Equal(t, saga.Request{Verb: saga.VerbRetry}, q)
	require.Equal(t, []string{"boot-ready"}, listFailing(&saga.Ledger{Tasks: []saga.Entry{
		{Task: "request", State: saga.TaskSuccess}, {Task: "port-0", State: saga.TaskSkipped, Error: "no address"},
		{Task: "boot-ready", State: saga.TaskFailure, Error: "no space"}, {Task: "server", State: saga.TaskPending},
	}}))
}

// A refusal must reach the user in the run's own words.
func TestWhyAVerbWasNotTaken(t *testing.T) {
	s := runs.Snapshot{Workflow: "server:devcloud:web-1", Run: "run-1", Queue: "novaflow",
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING}
	for want, err := range map[string]error{
		"run server:devcloud:web-1 refuses to resume: the run is RUNNING, not " +
			"paused": temporal.NewApplicationError("the run is RUNNING, not paused", "", nil),
		"is a `novaflow-worker` running for task queue " +
			"novaflow": client.NewWorkflowUpdateServiceTimeoutOrCanceledError(errors.New("late")),
		"has just ended": serviceerror.NewNotFound("completed"),
	} {
		require.ErrorContains(t, verbProblem(s, saga.VerbResume, err), want)
	}
	s.Status = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
	_, err := sendVerb(t.Context(), nil, s, saga.Request{Verb: saga.VerbPause})
	require.ErrorContains(t, err, "has ended already")
}

// "run server:c:web-1 is HELD" was the answer to an abandon that had been taken.
func TestAnAbandonIsAnsweredWithWhatBecomesOfTheRun(t *testing.T) {
	require.Equal(t, "run server:c:web-1 ends where it is; `novaflow run show server:c:web-1` lists what it leaves "+
		"behind",
		describeTaken("server:c:web-1", saga.VerbAbandon, saga.RunHeld))
	require.Equal(t, "run server:c:web-1 is PAUSED", describeTaken("server:c:web-1", saga.VerbPause, saga.RunPaused))
}
