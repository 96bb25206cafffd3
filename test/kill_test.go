//go:build e2e

package test

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows"
)

// The tasks of scene.spec in whose middle the worker dies.
var killPoints = []string{"request", "port-0", "boot-volume", "boot-volume-ready", "floating-ip", "server", "active", "attach-0", "floating-ip-associate"}

// A crash is the cutting event that nova's own builds do not survive: a server
// whose compute service restarts in mid-build goes to ERROR and keeps its ports
// and volumes until somebody notices.
func TestARunGoesOnWhenItsWorkerIsKilled(t *testing.T) {
	for _, point := range killPoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 500*time.Millisecond)
			first := theStage.WorkerProcess(t, s.queue, s.file)
			run := theStage.Create(t, s.queue, s.spec)
			awaitBegun(t, run.GetID(), run.GetRunID(), point)
			first.Kill()
			theStage.WorkerProcess(t, s.queue, s.file)
			var got workflows.Server
			require.NoError(t, theStage.Get(t, run, &got))
			require.Equal(t, "ACTIVE", got.Status)
			s.requireWhole(t)
		})
	}
}

func TestARevertGoesOnWhenItsWorkerIsKilled(t *testing.T) {
	s := newScene(t, 500*time.Millisecond)
	s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400", Text: "refused by the test"})
	s.AddFault(devcloud.Fault{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "503", Count: 3})
	first := theStage.WorkerProcess(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	awaitBegun(t, run.GetID(), run.GetRunID(), "undo server")
	first.Kill()
	theStage.WorkerProcess(t, s.queue, s.file)
	require.ErrorContains(t, theStage.Get(t, run, nil), "refused by the test")
	require.Equal(t, saga.RunReverted, theStage.Ledger(t, run).State)
	require.Equal(t, s.before, s.Inventory())
}

// A worker that was stopped past its heartbeat timeout wakes up and finishes what
// another worker has finished meanwhile: nothing may be there twice.
func TestAWorkerThatWakesUpLateChangesNothing(t *testing.T) {
	s := newScene(t, 500*time.Millisecond)
	s.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/servers$", Action: "delay:2", Count: 1})
	first := theStage.WorkerProcess(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	awaitBegun(t, run.GetID(), run.GetRunID(), "server")
	require.NoError(t, first.Signal(syscall.SIGSTOP))
	theStage.WorkerProcess(t, s.queue, s.file)
	require.NoError(t, theStage.Get(t, run, nil))
	require.NoError(t, first.Signal(syscall.SIGCONT))
	require.NoError(t, first.Terminate())
	s.requireWhole(t)
}

func TestAWorkerHandsItsWorkOver(t *testing.T) {
	s := newScene(t, 4*time.Second)
	first := theStage.WorkerProcess(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	awaitBegun(t, run.GetID(), run.GetRunID(), "active")
	require.NoError(t, first.Terminate(), "an orderly stop is no error")
	theStage.WorkerProcess(t, s.queue, s.file)
	require.NoError(t, theStage.Get(t, run, nil))
	s.requireWhole(t)
}

// The test environment of the SDK cannot show this: it does not wait for
// cancelled activities.
func TestSiblingsHaveEndedBeforeTheirUndoBegins(t *testing.T) {
	s := newScene(t, 30*time.Second) // the boot volume is still being made
	s.AddFault(devcloud.Fault{Service: "neutron", Method: "POST", Path: "/floatingips", Action: "own:400", Text: "refused by the test"})
	theStage.Worker(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	require.ErrorContains(t, theStage.Get(t, run, nil), "refused by the test")
	l := theStage.Ledger(t, run)
	for _, e := range l.Tasks {
		for _, other := range l.Tasks {
			if !e.Undoing.IsZero() && !other.Ended.IsZero() {
				require.False(t, e.Undoing.Before(other.Ended), "undo of %s began before %s had ended", e.Task, other.Task)
			}
		}
	}
	require.Equal(t, s.before, s.Inventory())
}

func TestCancelRevertsAndEndsCancelled(t *testing.T) {
	s := newScene(t, 30*time.Second)
	theStage.Worker(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	theStage.AwaitTask(t, run, "boot-volume-ready", saga.TaskRunning)
	require.NoError(t, theStage.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()))
	require.True(t, temporal.IsCanceledError(theStage.Get(t, run, nil)))
	require.Equal(t, s.before, s.Inventory())
}

// awaitBegun waits until an activity has been handed to a worker, or has ended.
func awaitBegun(t *testing.T, workflow, run, activity string) {
	t.Helper()
	stage.Await(t, activity+" to begin", func() bool { return theStage.Begun(t, workflow, run, activity) })
}
