package engine

import (
	"fmt"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

func registerCarrier(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(carryLock,
		workflow.RegisterOptions{Name: ledger.CarrierName, DisableAlreadyRegisteredCheck: true})
}

// carryLock takes a lock, notifies the run, and runs for as long as the lock does.
func carryLock(ctx workflow.Context, in ledger.CarrierInput) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.SetCurrentDetails(ctx,
		fmt.Sprintf("Carries the lock %s of run %s, which was reset.", in.Lock.ID, in.Lock.Holder.Workflow))
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, lockOptions(in.Lock, in.Projects)),
		ledger.LockName, in.Lock)
	var lock workflow.Execution
	if err := child.GetChildWorkflowExecution().Get(ctx, &lock); err != nil {
		if isLockedError(err) {
			return lockedError(in.Lock.ID) // in a form that reaches the run
		}
		return err
	}
	if err := workflow.SignalExternalWorkflow(ctx, in.For.ID, in.For.RunID,
		ledger.SignalCarried(in.For.RunID, in.Lock.ID), lock).Get(ctx, nil); err != nil {
		return err // the run is gone, and the lock goes with this
	}
	return child.Get(ctx, nil)
}

// carry has a carrier take a lock, and returns the lock and the future of its end.
func (r *run) carry(ctx workflow.Context, in ledger.LockInput) (lock workflow.Execution, end workflow.Future,
	err error) {
	in.Holder.Execution = r.whichExecution().Run
	run := workflow.Execution{ID: in.Holder.Workflow, RunID: in.Holder.Execution}
	options := workflow.ChildWorkflowOptions{WorkflowID: in.ID + "#" + run.RunID, StaticSummary: "takes the lock " +
		in.ID + " after a reset"}
	end = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), ledger.CarrierName,
		ledger.CarrierInput{Lock: in, For: run, Projects: r.projects()})
	taken := workflow.GetSignalChannel(ctx, ledger.SignalCarried(run.RunID, in.ID))
	workflow.NewSelector(ctx).
		AddReceive(taken, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &lock) }).
		AddFuture(end, func(end workflow.Future) { err = end.Get(ctx, nil) }).
		Select(ctx)
	if lock.ID == "" && err == nil {
		err = lockedError(in.ID) // and released since
	}
	return lock, end, err
}
