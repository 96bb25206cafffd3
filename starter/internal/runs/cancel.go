package runs

import (
	"cmp"
	"context"
	"os"
	"os/user"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
)

// RequestCancel records in the run who cancels it and why, which the engine does not pass
// on, and then asks the engine to cancel it.
func RequestCancel(ctx context.Context, engine client.Client, s Snapshot, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, EngineTimeout)
	defer cancel()
	why := saga.Request{Reason: reason, By: Asker()}
	if err := engine.SignalWorkflow(ctx, s.Workflow, s.Run, saga.SignalCancelling, why); err != nil {
		return EngineError(err)
	}
	return EngineError(engine.CancelWorkflowWithOptions(ctx, client.CancelWorkflowOptions{
		WorkflowID: s.Workflow, RunID: s.Run, Reason: reason,
	}))
}

// loginName returns the user of this machine, as the ledger records them.
func loginName() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	machine, err := os.Hostname()
	if err != nil {
		return name
	}
	return name + "@" + machine
}

// Asker returns who asks for a run: NOVAFLOW_USER, else the login name at this machine.
func Asker() string { return cmp.Or(os.Getenv("NOVAFLOW_USER"), loginName()) }
