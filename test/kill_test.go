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
)

// A worker stops past its heartbeat timeout, wakes up and finishes what another worker
// has finished meanwhile. Nothing may exist twice.
func TestAWorkerThatWakesUpLateChangesNothing(t *testing.T) {
	t.Parallel()
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

// The worst moment to stop is after the look that found nothing and before the request
// that creates. A worker that wakes up then must not create a second one.
func TestAWorkerThatSleptSinceItsLookMakesNoTwin(t *testing.T) {
	t.Parallel()
	s := newScene(t, 500*time.Millisecond)
	s.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/servers/detail", Action: "delay:15"})
	first := theStage.WorkerProcess(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	awaitBegun(t, run.GetID(), run.GetRunID(), "server")
	require.NoError(t, first.Signal(syscall.SIGSTOP))
	s.ClearFaults()
	require.Zero(t, s.count("server"), "the look must still be under way")
	theStage.WorkerProcess(t, s.queue, s.file)
	require.NoError(t, theStage.Get(t, run, nil))
	require.NoError(t, first.Signal(syscall.SIGCONT))
	require.NoError(t, first.Terminate())
	s.requireWhole(t)
}

func TestAWorkerHandsItsWorkOver(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	s := newScene(t, 30*time.Second) // the boot volume is still being created
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
	t.Parallel()
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
