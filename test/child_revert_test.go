//go:build e2e

package test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
	"novaflow/test/stage"
)

// waitStep is the pause between two looks.
const waitStep = 100 * time.Millisecond

// yard holds what the flow of these tests creates, by mark.
type yard struct {
	mu     sync.Mutex
	things map[saga.Mark]string
	hangs  string        // its activity does not return until it is cancelled
	hung   chan struct{} // closed when it hangs
}

func (y *yard) Raise(ctx context.Context, i saga.Intent[stepData]) (stepData, error) {
	y.mu.Lock()
	y.things[i.Mark] = i.In.Name
	y.mu.Unlock()
	if i.In.Name != y.hangs {
		return i.In, nil
	}
	close(y.hung)
	saga.Report(ctx, 42, "half up")
	<-ctx.Done()
	return stepData{}, ctx.Err()
}

func (y *yard) Raze(_ context.Context, u saga.Undo[stepData, stepData]) error {
	y.mu.Lock()
	defer y.mu.Unlock()
	delete(y.things, u.Mark)
	return nil
}

// standing counts the resources.
func (y *yard) standing() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return len(y.things)
}

var raise = saga.Do((*yard)(nil).Raise).UndoneBy((*yard)(nil).Raze).
	With(saga.Options{Timeout: stage.Bound, HeartbeatTimeout: stage.Bound})

// village builds a flow of three scopes between a task and another one. Each scope is a
// child workflow with a scope inside.
var village = saga.Define("village", func(int) (*saga.Flow, saga.Ref[stepData]) {
	f := saga.NewFlow("village")
	data := func(name string) func(stepData) stepData {
		return func(stepData) stepData { return stepData{Name: name} }
	}
	well := saga.Add(f, "well", raise, saga.Value(stepData{Name: "well"}))
	var roofs []saga.Dependency
	for i := range 3 {
		house := f.Scope(fmt.Sprint("house-", i), saga.AsChild())
		walls := saga.Add(house, "walls", raise, saga.From(well, data(fmt.Sprint("walls-", i))))
		inside := house.Scope("inside")
		roofs = append(roofs, saga.Add(inside, "roof", raise, saga.From(walls, data(fmt.Sprint("roof-", i)))))
	}
	return f, saga.Add(f, "gate", raise, saga.Value(stepData{Name: "gate"}), saga.After(roofs...))
})

func runVillage(ctx workflow.Context, n int) (stepData, error) { return village.Run(ctx, n) }

// found starts a village in a yard of its own.
func found(t *testing.T, y *yard) (client.WorkflowRun, string) {
	queue := stage.Queue()
	w := worker.New(theStage.Client, queue, worker.Options{})
	w.RegisterWorkflow(runVillage)
	saga.RegisterRevert(w, saga.Options{})
	saga.Register(w, village.With(1))
	w.RegisterActivity(y)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	run, err := theStage.ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: queue}, runVillage, 1)
	require.NoError(t, err)
	return run, queue
}

// revertFromHistory reverts a run with nothing but its history.
func revertFromHistory(t *testing.T, run client.WorkflowRun, queue string) (out saga.Reverted) {
	require.NoError(t, beginRevert(t, run, queue).Get(t.Context(), &out))
	return out
}

// beginRevert starts the run that reverts another one.
func beginRevert(t *testing.T, run client.WorkflowRun, queue string) client.WorkflowRun {
	var past *saga.Past
	require.Eventually(t, func() (ended bool) {
		var err error
		past, err = saga.LedgerFromHistory(func(id, run string) client.HistoryEventIterator {
			return theStage.GetWorkflowHistory(t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		}, run.GetID(), run.GetRunID(), nil)
		return err == nil
	}, stage.Bound, waitStep, "the engine ends the children of a run a moment after the run")
	back, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: run.GetID(), TaskQueue: queue},
		saga.RevertName, saga.RevertInput{Ledger: *past.Ledger, Reason: "the test says so"})
	require.NoError(t, err)
	return back
}

// The histories of children say what the children created. No other history does.
func TestACommittedRunWithChildrenIsTakenBackFromHistory(t *testing.T) {
	t.Parallel()
	y := &yard{things: map[saga.Mark]string{}}
	run, queue := found(t, y)
	require.NoError(t, run.Get(t.Context(), nil))
	require.Equal(t, 8, y.standing())
	out := revertFromHistory(t, run, queue)
	require.Zero(t, y.standing(), "%v", y.things)
	require.Len(t, out.Undone, 8)
	require.Contains(t, out.Undone, "house-2/inside/roof")
}

// The engine ends the children with the run, wherever they are, and the task
// under way in one of them has had its effect.
func TestATerminatedRunWithChildrenIsTakenBackFromHistory(t *testing.T) {
	t.Parallel()
	y := &yard{things: map[saga.Mark]string{}, hangs: "roof-1", hung: make(chan struct{})}
	run, queue := found(t, y)
	<-y.hung
	require.Eventually(t, func() bool { return y.standing() == 7 }, stage.Bound, waitStep, "the other houses are done")
	var p saga.RunProgress
	require.Eventually(t, func() bool {
		var err error
		p, err = saga.ReadProgress(t.Context(), theStage.Client, run.GetID(), "", nil)
		return err == nil && p.Done == 6 && len(p.Tasks) == 1 && p.Tasks[0].Reported
	}, stage.Bound, waitStep)
	require.Equal(t, "house-1/inside/roof", p.Tasks[0].Task, "a task in a child")
	require.Equal(t, []any{42, "half up"}, []any{p.Tasks[0].Percent, p.Tasks[0].Message})
	require.Equal(t, []int{6, 8, 80}, []int{p.Done, p.Of, p.Percent}, "six of eight, and 42 of a hundred")
	require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "by the test"))
	require.Error(t, run.Get(t.Context(), nil))
	out := revertFromHistory(t, run, queue)
	require.Zero(t, y.standing(), "%v", y.things)
	require.Len(t, out.Undone, 7)
}

// A run that is reset while a scope is in its child waits for a child that never answers.
// A terminate must be enough to revert it.
func TestARunThatWasResetInAChildIsTakenBack(t *testing.T) {
	t.Parallel()
	y := &yard{things: map[saga.Mark]string{}, hangs: "roof-1", hung: make(chan struct{})}
	run, queue := found(t, y)
	<-y.hung
	require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "test"))
	points := workflowTasks(t, run)
	theStage.Temporal(t).Must(t, "workflow", "reset", "-w", run.GetID(), "-r", run.GetRunID(), "--event-id",
		points[len(points)-1], "--reason", "test")
	again := theStage.GetWorkflow(t.Context(), run.GetID(), "")
	require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), again.GetRunID(), "test"))
	require.NotZero(t, y.standing())
	require.Empty(t, revertFromHistory(t, again, queue).LeftBehind)
	require.Zero(t, y.standing())
}
