package runs

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
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
	require.NoError(t, RequestCancel(t.Context(), e, Snapshot{Workflow: "w", Run: "r"}, "wrong flavor"))
	require.Equal(t, []any{
		saga.SignalCancelling, saga.Request{Reason: "wrong flavor", By: "ann"},
		client.CancelWorkflowOptions{WorkflowID: "w", RunID: "r", Reason: "wrong flavor"},
	}, e.told)
}
