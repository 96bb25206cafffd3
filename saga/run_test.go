package saga_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

func simpleDiamond() (*saga.Flow, saga.Ref[thing]) { return diamond() }

func TestTasksRunInTheOrderOfTheirData(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.NoError(t, env.GetWorkflowError())
	var top thing
	require.NoError(t, env.GetWorkflowResult(&top))
	require.Equal(t, thing{Name: "top", Of: []string{"left", "right"}}, top)
	w.requireOrder(t, "make base", "make left", "make top")
	w.requireOrder(t, "make base", "make right", "make top")
	l := ledger(t, env)
	require.Equal(t, saga.RunCommitted, l.State)
	require.Equal(t, []string{"base=SUCCESS", "left=SUCCESS", "right=SUCCESS", "top=SUCCESS"}, states(l))
	require.Len(t, w.things, 4)
}

// A chain of ready tasks would let one slow volume delay all ports.
func TestReadyTasksRunInParallel(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	hanging := make(chan bool, 2)
	w.onHang = func() {
		if hanging <- true; len(hanging) == 2 { // never reached if one waited for the other
			env.CancelWorkflow()
		}
	}
	w.faults["make left"], w.faults["make right"] = fault{hang: true}, fault{hang: true}
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	require.Len(t, hanging, 2)
}

func TestAfterOrdersWithoutData(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("ordered")
		first := add(f, "first")
		return f, saga.Add(f, "second", makes, saga.Value(thing{Name: "second"}), saga.After(first))
	}))
	require.NoError(t, env.GetWorkflowError())
	w.requireOrder(t, "make first", "make second")
}

func TestUndoRunsInReverseOrderOfDependency(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	w.requireOrder(t, "unmake top", "unmake left", "unmake base")
	w.requireOrder(t, "unmake top", "unmake right", "unmake base")
	require.Empty(t, w.things)
	l := ledger(t, env)
	require.Equal(t, saga.RunReverted, l.State)
	require.Equal(t, []string{"base=REVERTED", "left=REVERTED", "right=REVERTED", "top=REVERTED"}, states(l))
}

// The commonest leak is not a failed undo but a create whose answer was lost.
func TestTheFailedTaskIsUndoneToo(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1, after: true}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.Contains(t, w.events, "make top")
	require.Empty(t, w.things)
}

func TestARevertedRunSaysWhatFailedAndWhatWasTakenBack(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	var app *temporal.ApplicationError
	require.ErrorAs(t, env.GetWorkflowError(), &app)
	require.Equal(t, saga.ErrTypeReverted, app.Type())
	var detail saga.Reverted
	require.NoError(t, app.Details(&detail))
	require.Equal(t, saga.Reverted{
		Task: "top", Type: "terminal", Cause: "no valid host was found",
		Undone: []string{"base", "left", "right", "top"},
	}, detail)
}

func TestNothingStartsAfterAFailure(t *testing.T) {
	w := newWorld()
	w.faults["make left"] = fault{times: -1}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.NotContains(t, w.events, "make top")
	require.Equal(t, saga.TaskPending, ledger(t, env).Entry("top").State)
	require.Empty(t, w.with("unmake top"), "what was not begun is not undone")
}

func TestARunningSiblingIsUndoneWithoutAResult(t *testing.T) {
	w := newWorld()
	w.faults["make left"], w.faults["make right"] = fault{times: -1}, fault{times: -1, retryable: true, after: true}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.Contains(t, w.events, "unmake right")
	require.Empty(t, w.things)
}

func TestCancelRevertsAndEndsCancelled(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{hang: true}
	env := newEnv(t, w)
	w.onHang = env.CancelWorkflow
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	var canceled *temporal.CanceledError
	require.ErrorAs(t, env.GetWorkflowError(), &canceled)
	require.Empty(t, w.things)
	require.Equal(t, saga.RunReverted, ledger(t, env).State)
}

// A cancel that arrives during the revert must not stop the revert.
func TestCancelDuringTheRevertDoesNotStopIt(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1}
	w.faults["unmake left"] = fault{times: 5, retryable: true}
	env := newEnv(t, w)
	env.RegisterDelayedCallback(env.CancelWorkflow, 3*time.Second)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.Empty(t, w.things)
	require.Equal(t, saga.RunReverted, ledger(t, env).State)
}

func TestTheDeadlineReverts(t *testing.T) {
	w := newWorld()
	w.faults["make top"] = fault{times: -1, retryable: true, after: true}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) { return diamond(saga.Deadline(5 * time.Minute)) }))
	require.ErrorContains(t, env.GetWorkflowError(), "the deadline of 5m0s passed")
	require.Empty(t, w.things)
}

func TestTransientFailuresAreRetriedForward(t *testing.T) {
	w := newWorld()
	w.faults["make left"] = fault{times: 20, retryable: true, after: true}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.NoError(t, env.GetWorkflowError())
	require.Len(t, w.things, 4)
}

func TestAttemptsBoundATask(t *testing.T) {
	w := newWorld()
	w.faults["look once"] = fault{times: -1, retryable: true}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("bounded")
		return f, saga.Add(f, "once", looks.With(saga.Options{MaximumAttempts: 3}), saga.Value(thing{Name: "once"}))
	}))
	require.ErrorContains(t, env.GetWorkflowError(), "service unavailable")
}

func TestATaskWithoutUndoKeepsItsState(t *testing.T) {
	w := newWorld()
	w.faults["make made"] = fault{times: -1}
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("mixed")
		base := add(f, "base")
		seen := saga.Add(f, "seen", looks, base)
		return f, add(f, "made", seen)
	}))
	require.Equal(t, []string{"base=REVERTED", "seen=SUCCESS", "made=REVERTED"}, states(ledger(t, env)))
	w.requireOrder(t, "unmake made", "unmake base")
}

// A mistake in a flow's own function must not leave the effects behind.
func TestAPanicInAnInputFunctionRevertsAndIsNamed(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("wrong")
		base := add(f, "base")
		return f, saga.Add(f, "next", makes, saga.From(base, func(b thing) thing { return thing{Name: b.Of[3]} }))
	}))
	require.ErrorContains(t, env.GetWorkflowError(),
		"task next failed: the function that computes the input panicked: runtime error: index out of range")
	require.Empty(t, w.things)
}

func TestAPanicInTheResultFunctionReverts(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("wrong")
		return f, saga.From(add(f, "base"), func(thing) thing { panic("no") })
	}))
	require.ErrorContains(t, env.GetWorkflowError(), "panicked: no")
	require.Empty(t, w.things)
}

// NovaOrc deep-copied results so that no task could change an earlier one's.
func TestConsumersCannotChangeEachOthersInput(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("copies")
		base := saga.Add(f, "base", makes, saga.Value(thing{Name: "base", Of: []string{"intact"}}))
		first := saga.Add(f, "first", makes, saga.From(base, func(b thing) thing { b.Of[0] = "spoilt"; return b }))
		return f, saga.Add(f, "second", makes, base, saga.After(first))
	}))
	var second thing
	require.NoError(t, env.GetWorkflowResult(&second))
	require.Equal(t, []string{"intact"}, second.Of)
}

func TestFrom4PassesEveryValue(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("four")
		a, b, c, d := add(f, "a"), add(f, "b"), add(f, "c"), add(f, "d")
		three := saga.From3(a, b, c, func(a, b, c thing) thing { return thing{Name: a.Name + b.Name + c.Name} })
		four := saga.From4(a, three, c, d, func(a, t, c, d thing) thing {
			return thing{Name: "all", Of: []string{a.Name, t.Name, c.Name, d.Name}}
		})
		return f, saga.Add(f, "all", makes, saga.From2(four, d, func(v, _ thing) thing { return v }))
	}))
	var all thing
	require.NoError(t, env.GetWorkflowResult(&all))
	require.Equal(t, []string{"a", "abc", "c", "d"}, all.Of)
}

func TestAnInvalidFlowBeginsNothing(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	env.ExecuteWorkflow(flowOf(func() (*saga.Flow, saga.Ref[thing]) {
		f, top := diamond()
		add(f, "base")
		return f, top
	}))
	var app *temporal.ApplicationError
	require.True(t, errors.As(env.GetWorkflowError(), &app))
	require.Equal(t, saga.ErrTypeInvalidFlow, app.Type())
	require.Empty(t, w.events)
}

func TestTheLedgerCanBeReadInMidRun(t *testing.T) {
	w := newWorld()
	w.faults["make right"] = fault{times: -1, retryable: true}
	env := newEnv(t, w)
	var seen *saga.Ledger
	env.RegisterDelayedCallback(func() { seen = ledger(t, env); env.CancelWorkflow() }, time.Minute)
	env.ExecuteWorkflow(flowOf(simpleDiamond))
	require.Equal(t, []string{"base=SUCCESS", "left=SUCCESS", "right=RUNNING", "top=PENDING"}, states(seen))
	require.Equal(t, saga.RunRunning, seen.State)
	right := seen.Entry("right")
	require.JSONEq(t, `{"name":"right","of":["base"]}`, string(right.In))
	require.Equal(t, "Make", right.Activity)
	require.Equal(t, "Unmake", right.Undo)
	require.Equal(t, "right", right.Mark.Task())
	require.Equal(t, seen.Run, right.Mark.Run())
	require.JSONEq(t, `{"name":"base"}`, string(seen.Entry("base").Out))
}

// The mark must be the one that the effect carries, in do and in undo.
func TestDoAndUndoGetTheSameMark(t *testing.T) {
	w := newWorld()
	env := newEnv(t, w)
	var marks []saga.Mark
	env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		f, top := diamond()
		v, err := saga.Run(ctx, f, top)
		for _, name := range []string{"base", "left", "right", "top"} {
			marks = append(marks, saga.Mark(saga.RunPrefix(saga.RunID(ctx))+name+"#1"))
		}
		return v, err
	})
	for _, m := range marks {
		require.Equal(t, m.Task(), w.things[m])
	}
}
