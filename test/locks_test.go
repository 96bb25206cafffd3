//go:build e2e

package test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/host"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// keeper is a run that locks something and works on it.
type keeper struct {
	queue, id, locked string
	work              chan bool // lets one piece of work through
	busy              atomic.Int32
	most              atomic.Int32 // at work at once
	worker            worker.Worker
	wait              time.Duration // of a run for its lock
}

func (k *keeper) Work(ctx context.Context, _ saga.Intent[string]) (string, error) {
	if n := k.busy.Add(1); n > k.most.Load() {
		k.most.Store(n)
	}
	defer k.busy.Add(-1)
	select {
	case <-k.work:
		return "done", nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (k *keeper) Unwork(context.Context, saga.Undo[string, string]) error { return nil }

func (k *keeper) keep(ctx workflow.Context, locked string) (string, error) {
	f := saga.NewFlow("keep")
	before := saga.Add(f, "before", saga.Do(k.Unbound).NoUndo("does nothing"), saga.Value(""))
	held := saga.Lock(f, "lock", saga.Value([]string{locked}), saga.After(before), saga.RunWith(saga.Options{Timeout: k.wait}))
	first := saga.Add(f, "first", saga.Do(k.Work).UndoneBy(k.Unwork), saga.Value("first"), saga.After(held))
	second := saga.Add(f, "second", saga.Do(k.Work).UndoneBy(k.Unwork), saga.Value("second"), saga.After(first))
	return saga.Run(ctx, f, second)
}

func (k *keeper) Unbound(context.Context, saga.Intent[string]) (string, error) { return "", nil }

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	n := uuid.NewString()[:8]
	k := &keeper{queue: stage.Queue(), id: "server:test:" + n, locked: "volume:test:" + n, work: make(chan bool), wait: time.Minute}
	k.hire(t)
	return k
}

// hire starts the first worker or another one.
func (k *keeper) hire(t *testing.T) {
	t.Helper()
	k.worker = worker.New(theStage.Client, k.queue, worker.Options{})
	k.worker.RegisterWorkflowWithOptions(k.keep, workflow.RegisterOptions{Name: "Keep"})
	k.worker.RegisterActivity(k)
	saga.Register(k.worker)
	saga.RegisterRevert(k.worker, saga.Options{})
	require.NoError(t, k.worker.Start())
	t.Cleanup(k.worker.Stop)
}

func (k *keeper) start(t *testing.T, id string) client.WorkflowRun {
	t.Helper()
	run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: k.queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, "Keep", k.locked)
	require.NoError(t, err)
	return run
}

// holder returns the run id of the lock, or "" if nothing runs under its id.
func (k *keeper) holder(t *testing.T) string {
	t.Helper()
	d, err := theStage.DescribeWorkflowExecution(t.Context(), k.locked, "")
	var missing *serviceerror.NotFound
	if err != nil {
		require.ErrorAs(t, err, &missing)
		return ""
	}
	if d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return ""
	}
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

func (k *keeper) awaitBusy(t *testing.T) {
	stage.Await(t, "the run to be at work", func() bool { return k.busy.Load() == 1 })
}

// A lock keeps other runs of the resource away. It ends with its run even if no worker is
// left to end it.
func TestALockDiesWithItsRunWithoutAnyWorker(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	run := k.start(t, k.id)
	k.awaitBusy(t)
	require.NotEmpty(t, k.holder(t))
	_, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: k.locked, TaskQueue: k.queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, "Keep", "other")
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, err, &held)
	k.worker.Stop()
	require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "test"))
	stage.Await(t, "the lock to be gone", func() bool { return k.holder(t) == "" })
}

// The request after a run must not find the locks of that run.
func TestALockIsFreeWhenItsRunHasEnded(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	run := k.start(t, k.id)
	k.work <- true
	k.work <- true
	require.NoError(t, theStage.Get(t, run, nil))
	require.Empty(t, k.holder(t))
}

// If two runs need one lock, the second is refused, with the reason in words, and changes
// nothing.
func TestASecondRunIsRefusedWhileTheLockIsHeld(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.wait = time.Second
	first := k.start(t, k.id)
	k.awaitBusy(t)
	second := k.start(t, k.id+"-b")
	err := theStage.Get(t, second, nil)
	require.ErrorContains(t, err, k.locked+" is locked by another run")
	k.work <- true
	k.work <- true
	require.NoError(t, theStage.Get(t, first, nil))
	require.EqualValues(t, 1, k.most.Load())
}

// If two servers got one name at once, or a create used the name meanwhile, two servers
// would have it.
func TestARenameKeepsOthersAwayFromTheNewName(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	theStage.Worker(t, s.queue, s.file)
	aServer(t, s)
	s.refuse(t, "nova PUT /servers/ own:503 1 later") // so that the rename takes a second
	name := s.queue + "-new"
	rename := s.begin(t, server.Set.Workflow, server.SetSpec{RunOptions: onDevcloud, Server: s.queue, Name: name})
	theStage.AwaitTask(t, rename, "lock", saga.TaskSuccess)
	_, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: spec.ServerWorkflowID("devcloud", name), TaskQueue: s.queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, server.Create.Workflow, s.spec)
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, err, &held)
	require.NoError(t, theStage.Get(t, rename, nil))
	require.Equal(t, 1, s.count("server"))
}

// A rename does not pass a create that holds the new name, although no server has the
// name yet when the rename looks.
func TestARenameToTheNameOfACreateIsRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	theStage.Worker(t, s.queue, s.file)
	aServer(t, s)
	s.refuse(t, "neutron POST /ports$ own:503 4 later") // there is no server before that has passed
	other := s.spec
	other.Name, other.BootVolume, other.Volumes, other.FloatingIP = s.queue+"-new", 0, nil, ""
	create := theStage.Create(t, s.queue, other)
	rename := s.begin(t, server.Set.Workflow, server.SetSpec{RunOptions: onDevcloud, Server: s.queue, Name: other.Name})
	require.ErrorContains(t, theStage.Get(t, rename, nil), spec.ServerWorkflowID("devcloud", other.Name)+" is locked by another run")
	require.NoError(t, theStage.Get(t, create, nil))
	require.Equal(t, 2, s.count("server"))
}

// A change may ask for a server by its old name. It would then work on the server beside
// a run that holds the new name.
func TestAServerThatWasRenamedMeanwhileIsNotChangedUnderItsOldName(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	theStage.Worker(t, s.queue, s.file)
	aServer(t, s)
	var id string
	for _, o := range s.Inventory() {
		if o.Kind == "server" && o.Name == s.queue {
			id = o.ID
		}
	}
	s.do(t, server.Set.Workflow, server.SetSpec{RunOptions: onDevcloud, Server: id, Name: s.queue + "-new"})
	before := s.Inventory()
	for workflow, req := range map[string]any{
		server.Power.Workflow:    server.PowerSpec{RunOptions: onDevcloud, Server: id, Verb: "stop"},
		server.Set.Workflow:      server.SetSpec{RunOptions: onDevcloud, Server: id, Name: s.queue + "-third"},
		server.AddPort.Workflow:  server.AddPortSpec{RunOptions: onDevcloud, Server: id, Network: "private"},
		server.Delete.Workflow:   server.DeleteSpec{RunOptions: onDevcloud, Server: id},
		server.Resize.Workflow:   server.ResizeSpec{RunOptions: onDevcloud, Server: id, Flavors: []string{"m1.small"}},
		server.Snapshot.Workflow: server.SnapshotSpec{RunOptions: onDevcloud, Server: id, Name: "monday"},
		server.Rebuild.Workflow:  server.RebuildSpec{RunOptions: onDevcloud, Server: id, Image: "tiny"},
	} {
		require.ErrorContains(t, theStage.Get(t, s.begin(t, workflow, req), nil), "was renamed after you asked", workflow)
	}
	require.Equal(t, before, s.Inventory())
}

// An administrator has another name for the cloud. While he moves a server, its owner's
// run must not change it, and the other way round.
func TestAMigrationAndTheRunsOfAServersOwnerKeepEachOtherAway(t *testing.T) {
	for name, live := range map[string]bool{"cold": false, "live": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 0)
			theStage.Worker(t, s.queue, s.file)
			aServer(t, s)
			reboot := server.PowerSpec{RunOptions: onDevcloud, Server: s.queue, Verb: "reboot"}
			move := server.MigrateSpec{RunOptions: asAdmin, Server: s.queue, Live: live}
			move.LockWait = spec.Duration(time.Second)
			admins := spec.ServerWorkflowID("devcloud-admin", s.queue)

			s.refuse(t, "nova POST /action$ own:503 1000 later")
			owners := s.begin(t, server.Power.Workflow, reboot)
			theStage.AwaitTask(t, owners, "request", saga.TaskSuccess)
			refused, err := s.beginAs(t, admins, server.Migrate.Workflow, move)
			require.NoError(t, err)
			require.ErrorContains(t, theStage.Get(t, refused, nil), owners.GetID()+" is locked by another run")
			s.ClearFaults()
			require.NoError(t, theStage.Get(t, owners, nil))

			s.refuse(t, "nova POST /action$ own:503 1000 later")
			moving, err := s.beginAs(t, admins, server.Migrate.Workflow, move)
			require.NoError(t, err)
			theStage.AwaitTask(t, moving, "recheck", saga.TaskSuccess)
			_, err = s.beginAs(t, owners.GetID(), server.Power.Workflow, reboot)
			var held *serviceerror.WorkflowExecutionAlreadyStarted
			require.ErrorAs(t, err, &held)
			s.ClearFaults()
			require.NoError(t, theStage.Get(t, moving, nil))
			again, err := s.beginAs(t, owners.GetID(), server.Power.Workflow, reboot)
			require.NoError(t, err, "the lock ends with the run")
			require.NoError(t, theStage.Get(t, again, nil))
		})
	}
}

// beginAs begins a run under a workflow id, unless another run holds the id.
func (s *scene) beginAs(t *testing.T, id, workflow string, req any) (client.WorkflowRun, error) {
	return theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: s.queue, WorkflowTaskTimeout: spec.StepTimeout,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, workflow, req)
}

// An administrator drains a host under another name of the cloud. Meanwhile the owner's
// run must not change a server of that host.
func TestADrainAndTheRunsOfAServersOwnerKeepEachOtherAway(t *testing.T) {
	t.Parallel()
	s := newScene(t, 0)
	theStage.Worker(t, s.queue, s.file)
	aServer(t, s)
	stop := server.PowerSpec{RunOptions: onDevcloud, Server: s.queue, Verb: "stop"}
	drain := drain(t, s).(host.DrainSpec)
	drain.LockWait = spec.Duration(time.Second)

	s.refuse(t, "nova POST /action$ own:503 1000 later")
	owners := s.begin(t, server.Power.Workflow, stop)
	theStage.AwaitTask(t, owners, "request", saga.TaskSuccess)
	err := theStage.Get(t, s.begin(t, host.Drain.Workflow, drain), nil)
	require.ErrorContains(t, err, owners.GetID()+" is locked by another run")
	s.ClearFaults()
	require.NoError(t, theStage.Get(t, owners, nil))

	s.refuse(t, "nova PUT /os-services/ own:503 1000 later")
	draining := s.begin(t, host.Drain.Workflow, drain)
	theStage.AwaitTask(t, draining, "lock", saga.TaskSuccess)
	_, err = theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: owners.GetID(), TaskQueue: s.queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, server.Power.Workflow, stop)
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	require.ErrorAs(t, err, &held)
	s.ClearFaults()
	require.NoError(t, theStage.Get(t, draining, nil))
}
