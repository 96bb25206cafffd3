package run

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// patientEngine takes every cancellation.
type patientEngine struct{ client.Client }

func (patientEngine) SignalWorkflow(context.Context, string, string, string, any) error { return nil }

func (patientEngine) CancelWorkflowWithOptions(context.Context, client.CancelWorkflowOptions) error {
	return nil
}

// The bug: a user who cancelled without waiting was told that a run had been started.
func TestACancelThatNobodyWaitsForStartsNothing(t *testing.T) {
	var out bytes.Buffer
	session := &runs.Session{Out: &out}
	s := runs.Snapshot{Workflow: "w", Run: "r", Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING}
	require.NoError(t, cancelRun(t.Context(), session, patientEngine{}, s, "", change.RunFlags{NoWait: true, Format: term.AsTable}))
	require.Equal(t, "sent cancel to run w (run id r)\nFollow it with `novaflow run watch w`.\n", out.String())
}
