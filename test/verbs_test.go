//go:build e2e

package test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"novaflow/activities"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/test/stage"
)

// Operators always have the engine's own command, and not always ours.
func TestTheEnginesCommandPausesAndResumes(t *testing.T) {
	t.Parallel()
	s := newScene(t, 4*time.Second)
	theStage.Worker(t, s.queue, s.file)
	cli := theStage.Temporal(t)
	run := theStage.Create(t, s.queue, s.spec)
	theStage.AwaitTask(t, run, "boot-volume-ready", saga.TaskRunning)
	cli.Must(t, "workflow", "signal", "-w", run.GetID(), "--name", "pause", "--input",
		`{"reason":"maintenance","by":"ann@desk"}`)
	theStage.AwaitTask(t, run, "boot-volume-ready", saga.TaskSuccess)
	said := cli.Must(t, "workflow", "query", "-w", run.GetID(), "--type", saga.LedgerQuery)
	for _, want := range []string{"PAUSED", "maintenance", "ann@desk"} {
		require.Contains(t, said, want)
	}
	require.Equal(t, saga.TaskPending, theStage.Ledger(t, run).Entry("server").State, "nothing starts in a pause")
	cli.Must(t, "workflow", "signal", "-w", run.GetID(), "--name", "resume", "--input", `{}`)
	require.NoError(t, theStage.Get(t, run, nil))
	s.requireWhole(t)
}

func TestTheEnginesCommandRetriesWhatIsHeld(t *testing.T) {
	t.Parallel()
	s := newScene(t, 500*time.Millisecond)
	s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400", Count: 1,
		Text: "refused by the test"})
	s.spec.OnFailure = saga.OnFailureHold
	theStage.Worker(t, s.queue, s.file)
	cli := theStage.Temporal(t)
	run := theStage.Create(t, s.queue, s.spec)
	awaitState(t, run, saga.RunHeld)
	said, code := cli.Run(t, "workflow", "update", "execute", "-w", run.GetID(), "--name", "resume", "--input", `{}`)
	require.NotZero(t, code)
	require.Contains(t, said, "the run is HELD, not paused", "a refusal explains itself")
	cli.Must(t, "workflow", "update", "execute", "-w", run.GetID(), "--name", "retry", "--input",
		`{"task":"floating-ip-associate"}`)
	require.NoError(t, theStage.Get(t, run, nil))
	s.requireWhole(t)
}

func TestTheEnginesCommandCancels(t *testing.T) {
	t.Parallel()
	s := newScene(t, 30*time.Second)
	theStage.Worker(t, s.queue, s.file)
	cli := theStage.Temporal(t)
	run := theStage.Create(t, s.queue, s.spec)
	theStage.AwaitTask(t, run, "boot-volume-ready", saga.TaskRunning)
	cli.Must(t, "workflow", "cancel", "-w", run.GetID())
	require.True(t, temporal.IsCanceledError(theStage.Get(t, run, nil)))
	require.Equal(t, s.before, s.Inventory())
}

// A reset replays the run and not the world. What comes after the point is done again, on
// a cloud in which it was done.
func TestAResetToAnyPointAdoptsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := newScene(t, 300*time.Millisecond)
	theStage.Worker(t, s.queue, s.file)
	cli := theStage.Temporal(t)
	run := theStage.Create(t, s.queue, s.spec)
	require.NoError(t, theStage.Get(t, run, nil))
	s.requireWhole(t)
	made := s.Inventory()
	points := workflowTasks(t, run)
	require.Greater(t, len(points), 5)
	for _, event := range points {
		cli.Must(t, "workflow", "reset", "-w", run.GetID(), "-r", run.GetRunID(), "--event-id", event, "--reason",
			"test")
		again := theStage.GetWorkflow(t.Context(), run.GetID(), "")
		require.NoError(t, theStage.Get(t, again, nil), "reset to event %s", event)
		require.Equal(t, made, s.Inventory(), "reset to event %s", event)
	}
	t.Logf("%d resets", len(points))
}

// History may say that something was created that was undone since. Then the run fails,
// and still leaves nothing.
func TestAResetOfARevertedRunCommitsOrLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, 300*time.Millisecond)
	s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400", Count: 1,
		Text: "refused by the test"})
	theStage.Worker(t, s.queue, s.file)
	cli, novaflow := theStage.Temporal(t), theStage.Novaflow(t, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	require.ErrorContains(t, theStage.Get(t, run, nil), "refused by the test")
	committed := 0
	points := workflowTasks(t, run)
	for _, event := range points {
		cli.Must(t, "workflow", "reset", "-w", run.GetID(), "-r", run.GetRunID(), "--event-id", event, "--reason",
			"test")
		if theStage.Get(t, theStage.GetWorkflow(t.Context(), run.GetID(), ""), nil) == nil {
			committed++
			s.requireWhole(t)
			novaflow.Must(t, "run", "revert", run.GetID())
		}
		require.Equal(t, s.before, s.Inventory(), "reset to event %s", event)
	}
	t.Logf("%d resets, %d committed", len(points), committed)
	require.NotZero(t, committed)
}

// workflowTasks lists the events to which a run can be reset.
func workflowTasks(t *testing.T, run client.WorkflowRun) (events []string) {
	t.Helper()
	history := theStage.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false,
		enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		require.NoError(t, err)
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			events = append(events, fmt.Sprint(e.GetEventId()))
		}
	}
	return events
}

// The Web UI offers Terminate first, and a terminated run can undo nothing. If a worker
// was in the middle of a request, the effect comes afterwards.
func TestATerminatedRunIsTakenBack(t *testing.T) {
	for _, point := range []string{"boot-volume-ready", "server", "active", "attach-0-ready"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 2*time.Second)
			s.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/servers$", Action: "delay:3", Count: 1})
			theStage.Worker(t, s.queue, s.file)
			cli := theStage.Temporal(t) // building it may take longer than the run
			run := theStage.Create(t, s.queue, s.spec)
			awaitBegun(t, run.GetID(), run.GetRunID(), point)
			cli.Must(t, "workflow", "terminate", "-w", run.GetID(), "--reason", "test")
			require.NotEqual(t, s.before, s.Inventory())
			said := theStage.Novaflow(t, s.file).Must(t, "run", "revert", run.GetID(), "--reason", "it was terminated")
			require.Contains(t, said, "was reverted: ")
			require.Equal(t, s.before, s.Inventory(), said)
		})
	}
}

// The code that created something may be gone, and with it every worker that could answer
// queries of the run.
func TestARunWhoseCodeIsGoneIsTakenBack(t *testing.T) {
	t.Parallel()
	s := newScene(t, 300*time.Millisecond)
	first := theStage.WorkerProcess(t, s.queue, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	require.NoError(t, theStage.Get(t, run, nil))
	first.Kill()
	queue := stage.Queue()
	w := worker.New(theStage.Client, queue, worker.Options{})
	saga.RegisterRevert(w, activities.UndoOptions)
	activities.Register(w, activities.NewClouds(s.file))
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	novaflow := theStage.Novaflow(t, s.file)
	require.Contains(t, novaflow.Must(t, "run", "ledger", run.GetID()), "SUCCESS", "from history")
	novaflow.Must(t, "run", "revert", run.GetID(), "--task-queue", queue)
	require.Equal(t, s.before, s.Inventory())
}

// While a run is reverted nobody else may change the same server. The run that reverts it
// has the same verbs.
func TestACommittedRunIsTakenBackUnderItsOwnName(t *testing.T) {
	t.Parallel()
	s := newScene(t, 300*time.Millisecond)
	theStage.Worker(t, s.queue, s.file)
	novaflow := theStage.Novaflow(t, s.file)
	run := theStage.Create(t, s.queue, s.spec)
	require.NoError(t, theStage.Get(t, run, nil))
	s.AddFault(devcloud.Fault{Service: "cinder", Method: "DELETE", Path: "/volumes/", Action: "own:400",
		Text: "refused by the test"})
	id := run.GetID()
	novaflow.Must(t, "run", "revert", id, "--no-wait", "--reason", "ordered by mistake")
	back := theStage.GetWorkflow(t.Context(), id, "")
	theStage.AwaitTask(t, back, "server", saga.TaskReverted)
	said, code := novaflow.Run(t, "server", "create", s.spec.Name, "--image", "tiny", "--flavor", "m1.nano",
		"--network", "private")
	require.Equal(t, 1, code)
	require.Contains(t, said, "is locked by run Revert of "+id)
	said, code = novaflow.Run(t, "run", "revert", id)
	require.Equal(t, 1, code)
	require.Contains(t, said, "reverts already")
	require.Contains(t, novaflow.Must(t, "run", "pause", id, "--reason", "storage is repaired"), "PAUSED")
	require.Contains(t, novaflow.Must(t, "run", "resume", id), "REVERTING")
	novaflow.Must(t, "run", "retry", id) // in vain: were the cause gone, the run could end before it is asked
	s.ClearFaults()
	said = novaflow.Must(t, "run", "watch", id, "-o", "json")
	require.Contains(t, said, `"state": "REVERTED"`)
	require.Equal(t, s.before, s.Inventory())
	said, code = novaflow.Run(t, "run", "revert", id)
	require.Equal(t, 1, code)
	require.Contains(t, said, "was reverted already")
	require.Contains(t, novaflow.Must(t, "run", "ledger", id), "storage is repaired")
}

// An operator uses novaflow's own commands on a held run, and ends it as decided.
func TestAHeldRunIsSkippedOrAbandoned(t *testing.T) {
	t.Parallel()
	s := newScene(t, 300*time.Millisecond)
	theStage.Worker(t, s.queue, s.file)
	novaflow := theStage.Novaflow(t, s.file)
	s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400",
		Text: "refused by the test"})
	said, code := novaflow.Run(t, "server", "create", s.spec.Name, "--task-queue", s.queue, "--on-failure", "hold",
		"--image", "tiny", "--flavor", "m1.nano", "--network", "private", "--floating-ip", "public")
	require.Equal(t, 3, code, said)
	require.Contains(t, said, "was not created: task floating-ip-associate failed: ")
	require.Contains(t, said, "The run is HELD until you decide how to go on: ")
	require.Contains(t, said, "refused by the test")
	said, code = novaflow.Run(t, "run", "skip", s.spec.Name, "server", "--reason", "no")
	require.Equal(t, 1, code)
	require.Contains(t, said, "task server is SUCCESS and not failing; failing tasks: [floating-ip-associate]")
	novaflow.Must(t, "run", "abandon", s.spec.Name, "--reason", "the server is wanted as it is")
	said, code = novaflow.Run(t, "run", "watch", s.spec.Name)
	require.Equal(t, 1, code)
	require.Contains(t, said, "may still exist: ")
	require.NotEqual(t, s.before, s.Inventory())
	novaflow.Must(t, "run", "revert", s.spec.Name, "--reason", "and now it is not")
	require.Equal(t, s.before, s.Inventory())
}

// awaitState waits until a run is in a state.
func awaitState(t *testing.T, run client.WorkflowRun, state saga.RunState) {
	t.Helper()
	stage.Await(t, "run to be "+string(state), func() bool { return theStage.Ledger(t, run).State == state })
}
