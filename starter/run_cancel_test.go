package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// cancelledEngine keeps what it is told of a run.
type cancelledEngine struct {
	client.Client
	told []any
}

func (e *cancelledEngine) SignalWorkflow(_ context.Context, _, _, name string, arg any) error {
	e.told = append(e.told, name, arg)
	return nil
}

func (e *cancelledEngine) CancelWorkflowWithOptions(_ context.Context, o client.CancelWorkflowOptions) error {
	e.told = append(e.told, o)
	return nil
}

// A run that is not told before it is cancelled who does it and why ends with neither,
// and so does its audit.
func TestARunIsToldWhoCancelsItBeforeItIsCancelled(t *testing.T) {
	t.Setenv("NOVAFLOW_USER", "ann")
	e := &cancelledEngine{}
	require.NoError(t, requestCancel(t.Context(), e, snapshot{workflow: "w", run: "r"}, "wrong flavor"))
	require.Equal(t, []any{
		saga.SignalCancelling, saga.Request{Reason: "wrong flavor", By: "ann"},
		client.CancelWorkflowOptions{WorkflowID: "w", RunID: "r", Reason: "wrong flavor"},
	}, e.told)
}

// patientEngine takes every cancellation.
type patientEngine struct{ client.Client }

func (patientEngine) SignalWorkflow(context.Context, string, string, string, any) error { return nil }

func (patientEngine) CancelWorkflowWithOptions(context.Context, client.CancelWorkflowOptions) error {
	return nil
}

// Whoever cancelled without waiting was told that a run had been started.
func TestACancelThatNobodyWaitsForStartsNothing(t *testing.T) {
	var out bytes.Buffer
	session := &session{out: &out}
	s := snapshot{workflow: "w", run: "r", status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING}
	require.NoError(t, cancelRun(t.Context(), session, patientEngine{}, s, "", runFlags{noWait: true, format: term.AsTable}))
	require.Equal(t, "told run w (run id r) to cancel\nFollow it with `novaflow run watch w`.\n", out.String())
}
