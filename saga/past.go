package saga

import (
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga/internal/history"
)

// Histories opens the history of a workflow execution from its first event, as
// client.Client.GetWorkflowHistory does.
type Histories = history.Histories

// Past is what history says about a run: its Ledger, and in Busy the tasks whose activity
// may still be at work although the run has ended, with the time when that is certainly
// over.
type Past = history.Past

// LedgerFromHistory rebuilds the ledger of a run from histories alone: its own
// and those of the child workflows that ran its scopes. It is for runs that
// cannot answer the query [LedgerQuery] any more, because their code is gone or
// the engine ended them. The converter must be able to read what the run's
// workers wrote; nil is the SDK's default.
//
// History knows every intent, result and undo, but not the data that ran between
// tasks: a task is taken to need those that had ended when it was scheduled. Nor
// does it know what operators requested.
func LedgerFromHistory(histories Histories, workflow, run string, dc converter.DataConverter) (*Past, error) {
	return history.Rebuild(histories, workflow, run, dc)
}

// ReadProgress asks a run for its progress and adds what its activities report
// in heartbeats, which the engine knows and the workflow does not: a task's
// percentage, which try it is, and what failed last. It does the same for scopes
// that run as child workflows. It changes nothing and adds nothing to any
// history, so it may be asked often; it costs two calls, and two for each child
// workflow under way. The converter must be able to read what the workers wrote;
// nil is the SDK's default. An empty run id means the latest run.
func ReadProgress(ctx context.Context, engine client.Client, workflow, run string,
	dc converter.DataConverter) (RunProgress, error) {
	return history.ReadProgress(ctx, engine, workflow, run, dc)
}

// Report sends a heartbeat with the activity's progress. A later attempt can
// read the last one with activity.GetHeartbeatDetails.
func Report(ctx context.Context, percent int, message string) {
	activity.RecordHeartbeat(ctx, Progress{Percent: min(max(percent, 0), 100), Message: message})
}
