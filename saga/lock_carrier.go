package saga

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// carrierName is the workflow that takes a lock for a run after a reset. The run
// cannot take it itself: its history may have a lock of the execution before that
// never closes there, and the SDK starts no second child with the same id
// (temporalio/sdk-go#1041, #1536). A carrier has an id of its own, and the lock is
// its child, so the lock still ends with the run even if nobody tells it to.
const carrierName = "NovaflowLockCarrier"

// carried is the change since which locks are taken by carriers after a reset.
const carried = "novaflow-lock-carrier"

// carrierInput says which lock to take, and whom to tell that it is taken.
type carrierInput struct {
	Lock     LockInput          `json:"lock"`
	For      workflow.Execution `json:"for"`
	Projects []string           `json:"projects,omitempty"` // of the run, one or none
}

// signalCarried tells an execution of a run that a carrier has the lock of an id. Its
// argument is the lock's execution. The execution is in the name, because the engine
// gives the one after a reset the signals of the one before, whose lock may be gone.
func signalCarried(execution, id string) string {
	return carriedPrefix + execution + ":" + id
}

const carriedPrefix = "novaflow-carried:"

// carriedLock is the id of the lock that a signal is about, if it says that one is
// carried.
func carriedLock(signal string) (id string, ok bool) {
	signal, ok = strings.CutPrefix(signal, carriedPrefix)
	_, id, found := strings.Cut(signal, ":")
	return id, ok && found
}

func registerCarrier(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(carryLock, workflow.RegisterOptions{Name: carrierName, DisableAlreadyRegisteredCheck: true})
}

// carryLock takes a lock, says so, and is there for as long as the lock is.
func carryLock(ctx workflow.Context, in carrierInput) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("Carries the lock %s of run %s, which was reset.", in.Lock.ID, in.Lock.Holder.Workflow))
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, lockOptions(in.Lock, in.Projects)), LockName, in.Lock)
	var lock workflow.Execution
	if err := child.GetChildWorkflowExecution().Get(ctx, &lock); err != nil {
		if isHeld(err) {
			return heldError(in.Lock.ID) // in a form that reaches the run
		}
		return err
	}
	if err := workflow.SignalExternalWorkflow(ctx, in.For.ID, in.For.RunID, signalCarried(in.For.RunID, in.Lock.ID), lock).Get(ctx, nil); err != nil {
		return err // the run is gone, and the lock goes with this
	}
	return child.Get(ctx, nil)
}

// carry has a carrier take a lock, and returns the lock and the future of its end.
func (r *run) carry(ctx workflow.Context, in LockInput) (lock workflow.Execution, end workflow.Future, err error) {
	in.Holder.Execution = r.whichExecution().Run
	run := workflow.Execution{ID: in.Holder.Workflow, RunID: in.Holder.Execution}
	options := workflow.ChildWorkflowOptions{WorkflowID: in.ID + "#" + run.RunID, StaticSummary: "takes the lock " + in.ID + " after a reset"}
	end = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), carrierName, carrierInput{Lock: in, For: run, Projects: r.projects()})
	taken := workflow.GetSignalChannel(ctx, signalCarried(run.RunID, in.ID))
	workflow.NewSelector(ctx).
		AddReceive(taken, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &lock) }).
		AddFuture(end, func(end workflow.Future) { err = end.Get(ctx, nil) }).
		Select(ctx)
	if lock.ID == "" && err == nil {
		err = heldError(in.ID) // and let go since
	}
	return lock, end, err
}
