package runs

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
)

// staleTimeout is how long a lock may take to see that its run is gone. It asks
// the engine once; a worker must be there for it to do so.
const staleTimeout = 5 * time.Second

// StartUnlessLocked starts a run. If the workflow id is held by a lock whose run is gone,
// the lock is asked to end first.
func StartUnlessLocked(ctx context.Context, engine client.Client, o client.StartWorkflowOptions, workflow string,
	input any) (client.WorkflowRun, error) {
	run, err := engine.ExecuteWorkflow(ctx, o, workflow, input)
	if IsHeld(err) && isStale(ctx, engine, o.ID) && endStale(ctx, engine, o.ID) {
		return engine.ExecuteWorkflow(ctx, o, workflow, input)
	}
	return run, err
}

// isStale reports whether a workflow id is held by a lock whose execution has ended, as
// happens when a run is reset.
func isStale(ctx context.Context, engine client.Client, id string) bool {
	row, workflow, err := FindHolder(ctx, engine, id)
	if err != nil || workflow != saga.LockName || row.execution == "" {
		return false
	}
	d, err := engine.DescribeWorkflowExecution(ctx, row.Holder, row.execution)
	return err == nil && d.GetWorkflowExecutionInfo().GetCloseTime() != nil
}

// endStale asks a lock to end, and reports whether it has.
func endStale(ctx context.Context, engine client.Client, id string) bool {
	ctx, cancel := context.WithTimeout(ctx, staleTimeout)
	defer cancel()
	return engine.SignalWorkflow(ctx, id, "", saga.SignalContended, nil) == nil &&
		engine.GetWorkflow(ctx, id, "").Get(ctx, nil) == nil
}

// IsHeld reports whether a run was refused because another one holds its workflow id.
func IsHeld(err error) bool {
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	return errors.As(err, &held)
}
