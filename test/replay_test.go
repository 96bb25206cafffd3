//go:build e2e

package test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/test/stage"
)

// dice builds random flows of steps that fail at random, in scopes that are tried again.
// The seed decides everything in a flow.
type dice struct{}

type throw struct {
	Seed    uint64 `json:"seed"`
	Task    int    `json:"task"`
	Attempt int    `json:"attempt"`
}

var fleeting sync.Map // steps that have failed once

// RollStep fails for good with one task in eight, and the first time with
// another.
func (*dice) RollStep(_ context.Context, i saga.Intent[throw]) (throw, error) {
	time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond) // any order of answers
	switch roll := rand.New(rand.NewPCG(i.In.Seed, uint64(i.In.Task))).IntN(8); {
	case roll == 0:
		return throw{}, temporal.NewNonRetryableApplicationError("bad luck", "luck", nil)
	case roll == 1:
		if _, again := fleeting.LoadOrStore(i.Mark, true); !again {
			return throw{}, errors.New("bad luck this time")
		}
	}
	return i.In, nil
}

func (*dice) UnrollStep(context.Context, saga.Undo[throw, throw]) error { return nil }

func (*dice) flow(seed uint64) (*saga.Flow, saga.Ref[[]throw]) {
	r := rand.New(rand.NewPCG(seed, 0))
	f := saga.NewFlow("dice")
	outer := f.Scope("outer", saga.Retrying(saga.Times(2)), saga.MaxConcurrent(3))
	places := []*saga.Flow{f, outer, outer.Scope("inner", saga.Retrying(saga.Times(2)))}
	roll := saga.Do((*dice)(nil).RollStep).UndoneBy((*dice)(nil).UnrollStep)
	var refs []saga.Ref[throw]
	for i := range 4 + r.IntN(10) {
		var before []saga.Dependency
		for _, earlier := range refs {
			if r.IntN(4) == 0 {
				before = append(before, earlier)
			}
		}
		in := saga.Value(throw{Seed: seed, Task: i})
		refs = append(refs, saga.Add(places[r.IntN(3)], fmt.Sprint("t", i), roll, in, saga.After(before...)))
	}
	return f, saga.Collect(refs)
}

func rollFlow(ctx workflow.Context, seed uint64) ([]throw, error) {
	f, result := (*dice)(nil).flow(seed)
	return saga.Run(ctx, f, result)
}

// The order of answers differs from run to run. In every order, the history must play
// back the same.
func TestRandomRunsReplay(t *testing.T) {
	t.Parallel()
	queue, _ := diceWorker(t)
	outcomes := map[enumspb.WorkflowExecutionStatus]int{}
	for seed := range uint64(40) {
		if f, _ := (*dice)(nil).flow(seed); f.Validate() != nil {
			continue // its scopes wait for each other
		}
		run := startDice(t, queue, seed)
		if seed%3 == 0 {
			_ = theStage.SignalWorkflow(t.Context(), run.GetID(), "", string(saga.VerbPause), saga.Request{})
			_ = theStage.SignalWorkflow(t.Context(), run.GetID(), "", string(saga.VerbResume), saga.Request{})
		}
		if seed%5 == 0 {
			require.NoError(t, theStage.CancelWorkflow(t.Context(), run.GetID(), ""))
		}
		_ = theStage.Get(t, run, nil)
		d, err := theStage.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
		require.NoError(t, err)
		outcomes[d.WorkflowExecutionInfo.Status]++
		replayer := worker.NewWorkflowReplayer()
		replayer.RegisterWorkflow(rollFlow)
		require.NoError(t, replayer.ReplayWorkflowHistory(config.Silent(), historyOf(t, run)), "seed %d", seed)
	}
	require.Len(t, outcomes, 3, "committed, reverted and cancelled: %v", outcomes)
}

// A listener that counts, bills or mails events must not get one twice, even if another
// worker plays the history again or the run is reset.
func TestEachEventIsToldOnce(t *testing.T) {
	t.Parallel()
	queue, first := diceWorker(t)
	run := startDice(t, queue, committing(t))
	require.NoError(t, theStage.Get(t, run, nil))
	first.worker.Stop()
	second := newDiceWorker(t, queue)
	stage.Await(t, "the second worker to play all of it", func() bool {
		_, err := theStage.QueryWorkflow(t.Context(), run.GetID(), run.GetRunID(), saga.LedgerQuery)
		return err == nil
	})
	require.Empty(t, second.ids(), "a replay tells nothing")

	half := firstTaskCompleted(historyOf(t, run))
	reset, err := theStage.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: theStage.Namespace, WorkflowExecution: execution(run), Reason: "test",
		WorkflowTaskFinishEventId: half, RequestId: uuid.NewString(),
	})
	require.NoError(t, err)
	require.NoError(t, theStage.Get(t, theStage.GetWorkflow(t.Context(), run.GetID(), reset.RunId), nil))
	all := append(first.ids(), second.ids()...)
	require.NotEmpty(t, second.ids(), "the new part is told")
	slices.Sort(all)
	require.Len(t, slices.Compact(slices.Clone(all)), len(all), "an id was told twice")
}

// committing finds a seed whose run commits.
func committing(t *testing.T) uint64 {
	for seed := uint64(100); ; seed++ {
		f, _ := (*dice)(nil).flow(seed)
		lucky := f.Validate() == nil
		for task := range len(f.Tasks()) {
			lucky = lucky && rand.New(rand.NewPCG(seed, uint64(task))).IntN(8) > 1
		}
		if lucky {
			return seed
		}
	}
}

// listeningWorker is a worker that keeps the events of its runs.
type listeningWorker struct {
	worker worker.Worker
	mu     sync.Mutex
	events []string
}

func (l *listeningWorker) ids() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

func diceWorker(t *testing.T) (string, *listeningWorker) {
	queue := stage.Queue()
	return queue, newDiceWorker(t, queue)
}

func newDiceWorker(t *testing.T, queue string) *listeningWorker {
	l := &listeningWorker{}
	listen := saga.Listen(func(e saga.Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, e.ID)
	})
	l.worker = worker.New(theStage.Client, queue, worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{listen}, StickyScheduleToStartTimeout: time.Second,
	})
	l.worker.RegisterWorkflow(rollFlow)
	l.worker.RegisterActivity(&dice{})
	require.NoError(t, l.worker.Start())
	t.Cleanup(l.worker.Stop)
	return l
}

func startDice(t *testing.T, queue string, seed uint64) client.WorkflowRun {
	run, err := theStage.ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: "dice-" + uuid.NewString(), TaskQueue: queue}, rollFlow, seed)
	require.NoError(t, err)
	return run
}

func historyOf(t *testing.T, run client.WorkflowRun) *historypb.History {
	history := &historypb.History{}
	events := theStage.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false,
		enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, e)
	}
	return history
}

func execution(run client.WorkflowRun) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: run.GetID(), RunId: run.GetRunID()}
}

// firstTaskCompleted finds the earliest event to which a run can be reset.
func firstTaskCompleted(h *historypb.History) int64 {
	for _, e := range h.Events {
		if e.EventType == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			return e.EventId
		}
	}
	return 0
}
