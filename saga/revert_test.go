package saga_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

func TestAFailingUndoIsRetriedUntilItSucceeds(t *testing.T) {
	for name, retryable := range map[string]bool{"retryable": true, "declared impossible to retry": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.faults["make top"] = fault{times: -1}
			w.faults["unmake left"] = fault{times: 30, retryable: retryable}
			env := newEnv(t, w)
			env.SetTestTimeout(time.Minute)
			env.ExecuteWorkflow(flowOf(simpleDiamond))
			require.Empty(t, w.things)
			require.Equal(t, saga.RunReverted, ledger(t, env).State)
		})
	}
}

func TestIndependentUndosGoOnBesideAStuckOne(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1}
	w.faults["unmake left"] = fault{times: 1000, retryable: false}
	env := newEnv(t, w)
	var seen *saga.Ledger
	env.RegisterDelayedCallback(func() { seen = ledger(t, env); w.heal("unmake left") }, 20*time.Minute)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.Equal(t, saga.RunStuck, seen.State)
	require.Equal(t, []string{"base=SUCCESS", "left=REVERT_FAILURE", "right=REVERTED", "top=REVERTED"}, states(seen),
		"right goes, base waits for left")
	require.Equal(t, "no valid host was found", seen.Entry("left").UndoError)
	require.Equal(t, saga.RunReverted, ledger(t, env).State, "it leaves STUCK by itself")
	require.Empty(t, w.things)
}

func TestARevertThatTakesLongIsStuckOnlyAfterItsDeadline(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1}
	w.faults["unmake left"] = fault{times: -1, retryable: true}
	env := newEnv(t, w)
	var before, after saga.RunState
	env.RegisterDelayedCallback(func() { before = ledger(t, env).State }, 4*time.Minute)
	env.RegisterDelayedCallback(func() { after = ledger(t, env).State; w.heal("unmake left") }, 6*time.Minute)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow,
		saga.Ref[thing]) {
		return diamond(saga.UndoDeadline(5 * time.Minute))
	}))
	require.Equal(t, saga.RunReverting, before)
	require.Equal(t, saga.RunStuck, after)
	require.Empty(t, w.things)
}

func forwardOnly() (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("delete", saga.ForwardOnly("deleting is the point"), saga.Deadline(10*time.Minute))
	remove := saga.Do(worldOf.Make).NoUndo("deleting is the point")
	a := saga.Add(f, "a", remove, saga.Value(thing{Name: "a"}))
	b := saga.Add(f, "b", remove, saga.Value(thing{Name: "b"}))
	return f, saga.From2(a, b, func(a, _ thing) thing { return a })
}

func TestAForwardOnlyRunGoesOnPastAFailure(t *testing.T) {
	w := newWorld()
	w.faults["make a"] = fault{times: 5}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(forwardOnly))
	require.NoError(t, env.GetWorkflowError())
	w.requireOrder(t, "make b", "make a")
	require.Equal(t, saga.RunCommitted, ledger(t, env).State)
}

func TestAForwardOnlyRunIsStuckPastItsDeadlineAndRecovers(t *testing.T) {
	w := newWorld()
	w.faults["make a"] = fault{times: -1}
	env := newEnv(t, w)
	var seen saga.RunState
	env.RegisterDelayedCallback(func() { seen = ledger(t, env).State; w.heal("make a") }, 11*time.Minute)
	env.ExecuteWorkflow(flowOf(forwardOnly))
	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, saga.RunStuck, seen)
	require.Equal(t, saga.RunCommitted, ledger(t, env).State)
}

func TestACancelledForwardOnlyRunStopsWhereItIs(t *testing.T) {
	w := newWorld()
	w.faults["make a"] = fault{times: -1}
	env := newEnv(t, w)
	env.RegisterDelayedCallback(env.CancelWorkflow, 3*time.Minute)
	env.ExecuteWorkflow(flowOf(forwardOnly))
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	require.Equal(t, saga.RunStopped, ledger(t, env).State)
	require.Len(t, w.things, 1, "what was done stays done")
}

// heal ends a fault.
func (w *world) heal(event string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.faults, event)
}
