package engine

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// DefaultLockWait is how long a task waits for locks that others hold. It is
// short, because a run holds what it has while it waits. It outlasts the moment
// that an engine needs to end the locks of a run which was terminated.
const DefaultLockWait = 5 * time.Second

// releaseSignal notifies a lock that the run in its argument (see RunID) needs it
// no more. It ends if that run holds it.
const releaseSignal = "novaflow-release"

// signalProbe asks the holder of a lock nothing. Whether it can be sent is the answer.
const signalProbe = "novaflow-probe"

// RegisterLocks registers the workflows that stand for a lock and that carry one.
func RegisterLocks(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(lockWorkflow,
		workflow.RegisterOptions{Name: ledger.LockName, DisableAlreadyRegisteredCheck: true})
	registerCarrier(r)
}

// lockWorkflow stands for a lock. It ends when its holder releases it or is found to be
// gone. Cancelling it has no effect, because its holder would go on without it. It is
// terminated when its holder ends.
func lockWorkflow(ctx workflow.Context, in ledger.LockInput) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.SetCurrentDetails(ctx,
		fmt.Sprintf("%s is locked by run %s, a %s.", in.ID, in.Holder.Workflow, in.Holder.Flow))
	free := false
	selector := workflow.NewSelector(ctx).
		AddReceive(workflow.GetSignalChannel(ctx, releaseSignal), func(c workflow.ReceiveChannel, _ bool) {
			var run string
			c.Receive(ctx, &run)
			free = run == in.Holder.Run
		}).
		AddReceive(workflow.GetSignalChannel(ctx, ledger.SignalContended), func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			free = in.Holder.Execution != "" && isGone(ctx, in.Holder)
		})
	for !free {
		selector.Select(ctx)
	}
	return nil
}

// isGone reports that the execution which took a lock has ended. Call it only when the
// answer is needed, because each question is in the holder's history.
func isGone(ctx workflow.Context, h ledger.Holder) bool {
	err := workflow.SignalExternalWorkflow(ctx, h.Workflow, h.Execution, signalProbe, nil).Get(ctx, nil)
	var gone *temporal.UnknownExternalWorkflowExecutionError
	return errors.As(err, &gone)
}

// lockOptions returns the options of the workflow that stands for a lock.
func lockOptions(in ledger.LockInput, projects []string) workflow.ChildWorkflowOptions {
	attributes := []temporal.SearchAttributeUpdate{ledger.AttributeKind.ValueSet(ledger.LockKind)}
	for _, project := range projects {
		attributes = append(attributes, ledger.AttributeProject.ValueSet(project))
	}
	return workflow.ChildWorkflowOptions{
		WorkflowID:            in.ID,
		StaticSummary:         fmt.Sprintf("locked by %s (%s)", in.Holder.Workflow, in.Holder.Flow),
		Memo:                  map[string]any{ledger.MemoHolder: in.Holder},
		TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}
}

// projects returns the project of the run's search attributes, if it has one.
func (r *run) projects() []string {
	if project, ok := workflow.GetTypedSearchAttributes(r.ctx).GetKeyword(ledger.AttributeProject); ok {
		return []string{project}
	}
	return nil
}
