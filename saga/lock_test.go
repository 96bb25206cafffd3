package saga_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

const data1 = "volume:dev:data-1"

// lockingFlow is a lock, then base and top, which need it.
func lockingFlow(ids ...string) func() (*saga.Flow, saga.Ref[thing]) {
	return func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("locking")
		held := saga.Lock(f, "lock", saga.Value(ids))
		base := saga.Add(f, "base", makes, saga.Value(thing{Name: "base"}), saga.After(held))
		return f, add(f, "top", base)
	}
}

// newLocking is a play whose environment knows locks.
func newLocking(t *testing.T) *play {
	p := newPlay(t)
	saga.Register(p.env)
	return p
}

// isFree reports whether a lock can be had.
func (p *play) isFree(ctx workflow.Context, id string) bool {
	ctx = workflow.WithChildOptions(ctx,
		workflow.ChildWorkflowOptions{WorkflowID: id, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_TERMINATE})
	child := workflow.ExecuteChildWorkflow(ctx, saga.LockName,
		saga.LockInput{ID: id, Holder: saga.Holder{Workflow: "another", Run: "another"}})
	if child.GetChildWorkflowExecution().Get(ctx, nil) != nil {
		return false
	}
	return child.SignalChildWorkflow(ctx, "novaflow-release", "another").Get(ctx, nil) == nil &&
		child.Get(ctx, nil) == nil
}

// hold takes a lock for another run, until release is called.
func hold(ctx workflow.Context, id string) (release func()) {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id})
	child := workflow.ExecuteChildWorkflow(ctx, saga.LockName,
		saga.LockInput{ID: id, Holder: saga.Holder{Workflow: "another", Run: "another"}})
	if err := child.GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		panic(err)
	}
	return func() { child.SignalChildWorkflow(ctx, "novaflow-release", "another") }
}

func TestLocksAreGivenBackWithTheEndOfTheRun(t *testing.T) {
	for name, fails := range map[string]bool{"committed": false, "reverted": true} {
		t.Run(name, func(t *testing.T) {
			p := newLocking(t)
			if fails {
				p.fails("make top", -1)
			}
			before, after := false, false
			p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
				before = p.isFree(ctx, data1)
				f, top := lockingFlow(data1, "volume:dev:data-2")()
				out, err := saga.Run(ctx, f, top)
				after = p.isFree(ctx, data1) && p.isFree(ctx, "volume:dev:data-2")
				return out, err
			})
			require.Equal(t, fails, p.env.GetWorkflowError() != nil)
			require.True(t, before)
			require.True(t, after, "a lock outlived its run")
			l := ledger(t, p.env)
			require.Equal(t, saga.TaskSuccess, l.Entry("lock").State, "a lock is no effect to be undone")
			require.Equal(t, []string{data1, "volume:dev:data-2"}, l.Locks())
		})
	}
}

// Two runs that change one volume would each undo what the other has done.
func TestAHeldLockRefusesTheRunBeforeAnyEffect(t *testing.T) {
	p := newLocking(t)
	took := time.Duration(0)
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		hold(ctx, data1)
		begun := workflow.Now(ctx)
		f, top := lockingFlow("volume:dev:data-0", data1)()
		out, err := saga.Run(ctx, f, top)
		took = workflow.Now(ctx).Sub(begun)
		return out, err
	})
	require.ErrorContains(t, p.env.GetWorkflowError(), "task lock failed: "+data1+" is locked by another run")
	require.Empty(t, p.with("make"))
	require.Less(t, took, 2*saga.DefaultLockWait, "the wait for a further lock is bounded")
	l := ledger(t, p.env)
	require.Equal(t, saga.TaskFailure, l.Entry("lock").State)
	require.Empty(t, l.Locks())
}

// The locks of a run that was terminated last a moment longer than the run.
func TestALockThatIsAboutToEndIsWaitedFor(t *testing.T) {
	p := newLocking(t)
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		release := hold(ctx, data1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, saga.DefaultLockWait/2)
			release()
		})
		f, top := lockingFlow(data1)()
		return saga.Run(ctx, f, top)
	})
	require.NoError(t, p.env.GetWorkflowError())
}

// Each try to take a lock is in history: a run that waits for hours must not fill
// its history with them.
func TestALongWaitForALockTakesFewTries(t *testing.T) {
	p := newLocking(t)
	waits := 0
	p.env.SetOnTimerScheduledListener(func(_ string, d time.Duration) {
		if d < 10*time.Minute {
			waits++
		}
	})
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		release := hold(ctx, data1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, 10*time.Hour)
			release()
		})
		f := saga.NewFlow("locking", saga.Deadline(12*time.Hour))
		held := saga.Lock(f, "lock", saga.Value([]string{data1}), saga.RunWith(saga.Options{Timeout: 11 * time.Hour}))
		return saga.Run(ctx, f, saga.Add(f, "base", makes, saga.Value(thing{Name: "base"}), saga.After(held)))
	})
	require.NoError(t, p.env.GetWorkflowError())
	require.Len(t, p.things, 1)
	require.Less(t, waits, 150)
}

// A lock that ends with the way forward lets another run in between the failure
// and its undo.
func TestUndoRunsUnderTheLock(t *testing.T) {
	p := newLocking(t)
	p.fails("make top", -1)
	p.faults["unmake base"] = fault{times: 3, retryable: true}
	free := true
	p.env.RegisterDelayedCallback(func() { // between the tries of the undo
		free = p.env.SignalWorkflowByID(data1, "nothing", nil) != nil
	}, 2*time.Second)
	p.reverts("task top failed", lockingFlow(data1))
	require.False(t, free, "the lock was gone before the undo was done")
}

func TestACancelledRunKeepsItsLocksUntilItIsUndone(t *testing.T) {
	p := newLocking(t)
	p.faults["make top"] = fault{hang: true}
	p.faults["unmake base"] = fault{times: 3, retryable: true}
	p.onHang = p.env.CancelWorkflow
	held := 0
	for _, after := range []time.Duration{time.Second, 3 * time.Second} {
		p.env.RegisterDelayedCallback(func() {
			if p.env.SignalWorkflowByID(data1, "nothing", nil) == nil {
				held++
			}
		}, after)
	}
	p.run(lockingFlow(data1))
	require.Empty(t, p.things)
	require.Equal(t, 2, held)
}

// The bug: a person ends a lock by hand, and the run goes on as if it were alone.
func TestALostLockIsTakenAgainBeforeTheRunGoesOn(t *testing.T) {
	p := newLocking(t)
	p.faults["make base"] = fault{times: 4, retryable: true} // done after 15 s
	again := false
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, time.Second)
			run := saga.RunID(ctx)
			_ = workflow.SignalExternalWorkflow(ctx, data1, "", "novaflow-release", run).Get(ctx, nil)
			_ = workflow.Sleep(ctx, time.Second)
			again = !p.isFree(ctx, data1)
		})
		f, top := lockingFlow(data1)()
		return saga.Run(ctx, f, top)
	})
	require.NoError(t, p.env.GetWorkflowError())
	require.True(t, again)
}

// Another run has got the lock meanwhile. The bug: two runs would change one resource.
func TestNothingGoesOnWithoutALostLock(t *testing.T) {
	p := newLocking(t)
	p.faults["make base"] = fault{times: 2, retryable: true} // done after 3 s
	var begun time.Duration
	for verb, at := range map[saga.Verb]time.Duration{saga.VerbPause: time.Second / 2,
		saga.VerbResume: 2 * time.Second} {
		p.env.RegisterDelayedCallback(func() { p.env.SignalWorkflow(string(verb), saga.Request{}) }, at)
	}
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		start := workflow.Now(ctx)
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, time.Second)
			_ = workflow.SignalExternalWorkflow(ctx, data1, "", "novaflow-release", saga.RunID(ctx)).Get(ctx, nil)
			_ = workflow.Sleep(ctx, time.Second/2)
			release := hold(ctx, data1)
			_ = workflow.Sleep(ctx, 5*time.Minute)
			release()
		})
		f, top := lockingFlow(data1)()
		out, err := saga.Run(ctx, f, top)
		begun = ledger(t, p.env).Entry("top").Started.Sub(start)
		return out, err
	})
	require.NoError(t, p.env.GetWorkflowError())
	require.Greater(t, begun, 5*time.Minute)
}

// The release of another run's lock by a run that only shares its id.
func TestOnlyItsHolderReleasesALock(t *testing.T) {
	p := newLocking(t)
	free := true
	p.env.ExecuteWorkflow(func(ctx workflow.Context) error {
		hold(ctx, data1)
		_ = workflow.SignalExternalWorkflow(ctx, data1, "", "novaflow-release", "not the holder").Get(ctx, nil)
		_ = workflow.Sleep(ctx, time.Second)
		free = p.isFree(ctx, data1)
		return nil
	})
	require.NoError(t, p.env.GetWorkflowError())
	require.False(t, free)
}

func TestALockThatCannotBeHeldIsFoundWhenTheFlowIsChecked(t *testing.T) {
	def := saga.Define("badlock", func(thing) (*saga.Flow, saga.Ref[[]string]) {
		f := saga.NewFlow("badlock")
		return f, saga.Lock(f.Scope("part", saga.AsChild()), "lock", saga.Value([]string{data1}))
	})
	_, err := def.Plan(thing{})
	require.ErrorContains(t, err, "task part/lock: a lock in a child workflow would be gone before the run is undone")
}

func TestTheLockOfTheRunItselfIsRefused(t *testing.T) {
	p := newLocking(t)
	p.reverts("it needs no lock of it", lockingFlow("default-test-workflow-id"))
}

// A revert of a run that has ended changes the same resources as the run did.
func TestARevertAfterTheEndTakesTheLocks(t *testing.T) {
	p := newLocking(t)
	l := p.commits(lockingFlow(data1))
	q := newLocking(t)
	q.world = p.world
	q.env.RegisterActivity(p.world)
	saga.RegisterRevert(q.env, saga.Options{})
	locked := false
	q.faults["unmake top"] = fault{times: 3, retryable: true}
	q.env.RegisterDelayedCallback(func() { locked = q.env.SignalWorkflowByID(data1, "nothing", nil) == nil },
		2*time.Second)
	q.env.ExecuteWorkflow(saga.RevertName, saga.RevertInput{Ledger: *l, Reason: "not wanted"})
	require.NoError(t, q.env.GetWorkflowError())
	require.Empty(t, p.things)
	require.True(t, locked)
}

// A terminated run tells nobody what it held: history must.
func TestTheLocksOfARunAreReadFromItsHistory(t *testing.T) {
	s := newScript(t, "locking", thing{})
	ids := []string{data1, "volume:dev:data-2"}
	for _, id := range ids {
		s.child(id, saga.LockName, saga.LockInput{ID: id, IDs: ids, Mark: mark("lock", 1)})
	}
	requireLocks(t, s, ids)
}

// After a reset others take the locks for the run, and say so when they have them.
func TestTheLocksOfARunThatWasResetAreReadFromItsHistory(t *testing.T) {
	s := newScript(t, "locking", thing{})
	ids := []string{data1}
	const carrier = "NovaflowLockCarrier"
	s.child(data1+"#again", carrier, map[string]any{"lock": saga.LockInput{ID: data1, IDs: ids, Mark: mark("lock", 1)}})
	require.Empty(t, mustRead(t, s, nil).Ledger.Locks(), "it has said nothing yet")
	s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
			WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{SignalName: "novaflow-carried:execution:" + data1},
		}})
	requireLocks(t, s, ids)
}

// child begins a child workflow, which the engine has started when this returns.
func (s *script) child(id, kind string, input any) {
	initiated := s.add(enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
			StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
				WorkflowId: id, WorkflowType: &commonpb.WorkflowType{Name: kind}, Input: s.payloads(input),
			}}})
	s.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
			ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
				InitiatedEventId: initiated, WorkflowType: &commonpb.WorkflowType{Name: kind},
				WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "child-run"},
			}}})
}

func requireLocks(t *testing.T, s *script, ids []string) {
	t.Helper()
	past, err := read(s.terminate(), nil)
	require.NoError(t, err)
	l := past.Ledger
	require.Equal(t, ids, l.Locks())
	require.Equal(t, saga.TaskSuccess, l.Entry("lock").State)
	require.True(t, json.Valid(l.Entry("lock").Out))
}
