//go:build e2e

package test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/test/stage"
)

// A reset leaves locks of the execution before. The new execution could be refused by its
// own lock, hold one that outlives it, hold none, or wait for ever, because its history
// has a lock that never closed.
func TestAResetToAnyPointHasItsLocks(t *testing.T) {
	t.Parallel()
	for how, end := range map[string]func(*keeper, *testing.T, client.WorkflowRun){
		"committed":            (*keeper).commit,
		"terminated in first":  (*keeper).kill,
		"terminated in second": (*keeper).killLater,
		"at work":              func(*keeper, *testing.T, client.WorkflowRun) {},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t)
			run := k.start(t, k.id)
			k.awaitBusy(t)
			end(k, t, run)
			points := workflowTasks(t, run)
			for _, event := range points {
				k.reset(t, run, event)
				k.finish(t, theStage.GetWorkflow(t.Context(), run.GetID(), ""), "reset to event "+event)
			}
			t.Logf("%d resets", len(points))
		})
	}
}

// A run at work is reset and then terminated. The termination must end the lock that the
// run has by then.
func TestALockDiesWithARunThatWasReset(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	run := k.start(t, k.id)
	k.awaitBusy(t)
	first := k.holder(t)
	for _, event := range workflowTasks(t, run) {
		k.reset(t, run, event)
		again := theStage.GetWorkflow(t.Context(), run.GetID(), "")
		stage.Await(t, "the lock to be taken again", func() bool { h := k.holder(t); return h != "" && h != first })
		stage.Await(t, "the task to be at work again", func() bool {
			return theStage.Ledger(t, again).Entry("first").State == saga.TaskRunning
		})
		k.kill(t, again)
	}
}

// A run is reset while another run holds the lock. Both would be at work at once.
func TestAResetRunWaitsForTheRunThatHasItsLock(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	run := k.start(t, k.id)
	k.awaitBusy(t)
	k.killLater(t, run)
	other := k.start(t, k.id+"-b")
	k.awaitBusy(t)
	points := workflowTasks(t, run)
	k.reset(t, run, points[len(points)-1]) // first is done, second was not begun
	again := theStage.GetWorkflow(t.Context(), run.GetID(), "")
	stage.Await(t, "the run to be refused its lock", func() bool {
		return slices.Contains(events(t, again), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED) ||
			k.busy.Load() > 1
	})
	require.EqualValues(t, 1, k.busy.Load())
	k.work <- true
	k.work <- true
	require.NoError(t, theStage.Get(t, other, nil))
	k.finish(t, again, "reset")
	require.EqualValues(t, 1, k.most.Load())
}

// A run is reset twice. The engine gives the new execution the signals of the one before,
// and one of them says that the lock was taken. The run would then work without the lock,
// beside the run that holds it.
func TestARunThatIsResetTwiceTakesNoOldWordForItsLock(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	second, points := k.startReset(t)
	k.kill(t, second)
	other := k.start(t, k.id+"-b")
	k.awaitBusy(t)
	k.reset(t, second, points[0])
	third := theStage.GetWorkflow(t.Context(), second.GetID(), "")
	stage.Await(t, "the run to be refused its lock", func() bool {
		return slices.Contains(events(t, third), enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED) ||
			k.busy.Load() > 1
	})
	require.NotEqual(t, saga.TaskSuccess, theStage.Ledger(t, third).Entry("lock").State)
	k.work <- true
	k.work <- true
	require.NoError(t, theStage.Get(t, other, nil))
	k.finish(t, third, "reset twice")
	require.EqualValues(t, 1, k.most.Load())
}

// startReset starts a run and resets it. It returns the new execution, which is at work,
// and the points to which it can be reset.
func (k *keeper) startReset(t *testing.T) (second client.WorkflowRun, points []string) {
	t.Helper()
	run := k.start(t, k.id)
	k.awaitBusy(t)
	k.kill(t, run)
	k.reset(t, run, workflowTasks(t, run)[0])
	d, err := theStage.DescribeWorkflowExecution(t.Context(), k.id, "")
	require.NoError(t, err)
	second = theStage.GetWorkflow(t.Context(), k.id, d.GetWorkflowExecutionInfo().GetExecution().GetRunId())
	stage.Await(t, "the task to be at work again", func() bool {
		return theStage.Ledger(t, second).Entry("first").State == saga.TaskRunning && k.busy.Load() == 1
	})
	return second, workflowTasks(t, second)
}

// A run is reset twice, also to a point at which it was receiving its lock.
func TestAResetOfAResetRunHasItsLocks(t *testing.T) {
	t.Parallel()
	for how, end := range map[string]func(*keeper, *testing.T, client.WorkflowRun){
		"committed":           (*keeper).commit,
		"terminated in first": (*keeper).kill,
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t)
			second, points := k.startReset(t)
			end(k, t, second)
			for _, event := range points {
				k.reset(t, second, event)
				k.finish(t, theStage.GetWorkflow(t.Context(), k.id, ""), "reset to event "+event)
			}
			t.Logf("%d resets", len(points))
		})
	}
}

func (k *keeper) reset(t *testing.T, run client.WorkflowRun, event string) {
	t.Helper()
	theStage.Temporal(t).Must(t, "workflow", "reset", "-w", run.GetID(), "-r", run.GetRunID(), "--event-id", event,
		"--reason", "test")
}

// commit lets a run at work end.
func (k *keeper) commit(t *testing.T, run client.WorkflowRun) {
	t.Helper()
	k.work <- true
	k.work <- true
	require.NoError(t, theStage.Get(t, run, nil))
}

// kill terminates a run, and waits until its lock is gone and nobody is at work.
func (k *keeper) kill(t *testing.T, run client.WorkflowRun) {
	t.Helper()
	require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), "", "test"))
	stage.Await(t, "the lock to be gone", func() bool { return k.holder(t) == "" })
	for k.busy.Load() > 0 { // nobody tells it that its run is gone
		select {
		case k.work <- true:
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// killLater terminates a run in its second task.
func (k *keeper) killLater(t *testing.T, run client.WorkflowRun) {
	t.Helper()
	k.work <- true
	stage.Await(t, "the second task", func() bool {
		return theStage.Ledger(t, run).Entry("second").State == saga.TaskRunning && k.busy.Load() == 1
	})
	k.kill(t, run)
}

// finish lets a run work to its end, and requires that it worked under the lock.
func (k *keeper) finish(t *testing.T, run client.WorkflowRun, what string) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- theStage.Get(t, run, nil) }()
	for {
		if k.busy.Load() > 0 {
			stage.Await(t, "the lock while at work: "+what,
				func() bool { return k.holder(t) != "" || k.busy.Load() == 0 })
		}
		select {
		case k.work <- true:
		case err := <-ended:
			require.NoError(t, err, what)
			require.Empty(t, k.holder(t), what)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A run is reset, and terminated before a worker could look at its locks. The engine then
// ends only the locks of the last execution. The next run that needs the lock, as a lock
// or as its workflow id, must get it.
func TestALockWhoseRunIsGoneIsLetGo(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	run := k.start(t, k.id)
	k.awaitBusy(t)
	points := workflowTasks(t, run)
	k.worker.Stop()
	k.reset(t, run, points[len(points)-1])
	require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), "", "test"))
	require.NotEmpty(t, k.holder(t))
	k.hire(t)
	k.finish(t, k.start(t, k.id+"-b"), "the lock's run is gone")
}

// A lock must not end while its run exists, even if another run needs the lock.
func TestALockThatIsWantedIsKept(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	run := k.start(t, k.id)
	k.awaitBusy(t)
	lock := k.holder(t)
	require.NoError(t, theStage.SignalWorkflow(t.Context(), k.locked, lock, saga.SignalContended, nil))
	stage.Await(t, "the run to be asked",
		func() bool { return slices.Contains(events(t, run), enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) })
	require.Equal(t, lock, k.holder(t))
	k.commit(t, run)
}

// events lists the types of the events in a run's history.
func events(t *testing.T, run client.WorkflowRun) (types []enumspb.EventType) {
	t.Helper()
	for _, e := range historyOf(t, run).Events {
		types = append(types, e.GetEventType())
	}
	return types
}
