package saga

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// DefaultLockWait is how long a task waits for locks that others hold. It is
// short, because a run holds what it has while it waits. It outlasts the moment
// that an engine needs to end the locks of a run which was terminated.
const DefaultLockWait = 5 * time.Second

// signalRelease tells a lock that the run in its argument (see RunID) needs it
// no more. It ends if that run holds it.
const signalRelease = "novaflow-release"

// signalHeld asks the holder of a lock nothing. Whether it can be sent is the answer.
const signalHeld = "novaflow-held"

// Lock adds a task that takes locks, one after the other in the order given. Each
// is a workflow id under which other runs would change the same thing. The run
// holds them until it has ended, whichever way: through pauses, while it is STUCK
// and for all of its undo. They end with the run even if nobody tells them to, as
// when it is terminated. Whatever needs the locks must come [After] the ref,
// which is to the ids.
//
// A task that finds a lock held waits for [DefaultLockWait], or for the Timeout
// that [RunWith] gives, and then fails with an error of type [ErrTypeLocked]. So
// runs that hold what others wait for do not wait for ever. Give the ids in one
// fixed order, with those of the runs themselves first, and they do not even
// refuse each other in turn.
//
// A run that has lost its locks, because it was reset or somebody ended the lock,
// does nothing more until it has taken them again.
func Lock(f *Flow, name string, ids Ref[[]string], options ...TaskOption) Ref[[]string] {
	a := Action[[]string, []string]{do: LockName, noUndo: "it is held until the run has ended"}
	held := Add(f, name, a, ids, options...)
	f.root.graph.Tasks[held.needs[0].Task].Lock = true
	return held
}

// registerLock registers the workflows that stand for a lock and that carry one.
func registerLock(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(lockWorkflow, workflow.RegisterOptions{Name: LockName, DisableAlreadyRegisteredCheck: true})
	registerCarrier(r)
}

// lockWorkflow is there until its holder releases it or is found to be gone. To
// cancel it does nothing: its holder would go on without it. Its holder's end
// terminates it.
func lockWorkflow(ctx workflow.Context, in LockInput) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s is locked by run %s, a %s.", in.ID, in.Holder.Workflow, in.Holder.Flow))
	free, asks := false, workflow.GetVersion(ctx, contended, workflow.DefaultVersion, 1) == 1
	selector := workflow.NewSelector(ctx).
		AddReceive(workflow.GetSignalChannel(ctx, signalRelease), func(c workflow.ReceiveChannel, _ bool) {
			var run string
			c.Receive(ctx, &run)
			free = run == in.Holder.Run
		}).
		AddReceive(workflow.GetSignalChannel(ctx, SignalContended), func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			free = asks && in.Holder.Execution != "" && isGone(ctx, in.Holder)
		})
	for !free {
		selector.Select(ctx)
	}
	return nil
}

// isGone reports that the execution which took a lock has ended. It asks only
// when somebody wants to know, because each question is in the holder's history.
func isGone(ctx workflow.Context, h Holder) bool {
	err := workflow.SignalExternalWorkflow(ctx, h.Workflow, h.Execution, signalHeld, nil).Get(ctx, nil)
	var gone *temporal.UnknownExternalWorkflowExecutionError
	return errors.As(err, &gone)
}

// lockOptions are those of the workflow that stands for a lock.
func lockOptions(in LockInput, projects []string) workflow.ChildWorkflowOptions {
	attributes := []temporal.SearchAttributeUpdate{AttributeKind.ValueSet(LockKind)}
	for _, project := range projects {
		attributes = append(attributes, AttributeProject.ValueSet(project))
	}
	return workflow.ChildWorkflowOptions{
		WorkflowID:            in.ID,
		StaticSummary:         fmt.Sprintf("locked by %s (%s)", in.Holder.Workflow, in.Holder.Flow),
		Memo:                  map[string]any{MemoHolder: in.Holder},
		TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
	}
}

// projects is the project of the run's search attributes, if it has one.
func (r *run) projects() []string {
	if project, ok := workflow.GetTypedSearchAttributes(r.ctx).GetKeyword(AttributeProject); ok {
		return []string{project}
	}
	return nil
}
