//go:build e2e

package test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/test/stage"
)

// loaded dice fail for good, forward and back, until a person decides.
type loaded struct{}

func (*loaded) ThrowLoaded(_ context.Context, i saga.Intent[throw]) (throw, error) {
	return i.In, unlucky(i.In, 0)
}

func (*loaded) UnthrowLoaded(_ context.Context, u saga.Undo[throw, throw]) error {
	return unlucky(u.In, 1)
}

// unlucky reports bad luck for one throw in five.
func unlucky(t throw, back uint64) error {
	if rand.New(rand.NewPCG(2*t.Seed+back, uint64(t.Task*10+t.Attempt))).IntN(5) == 0 {
		return temporal.NewNonRetryableApplicationError("bad luck", "luck", nil)
	}
	return nil
}

// loadedFlow builds a flow with a list of alternatives that a task finds. A failure holds
// the run.
func loadedFlow(seed uint64) (*saga.Flow, saga.Ref[[]throw]) {
	r := rand.New(rand.NewPCG(seed, 1))
	f := saga.NewFlow("loaded", saga.FailurePolicy(saga.OnFailureHold))
	step := saga.Do((*loaded)(nil).ThrowLoaded).UndoneBy((*loaded)(nil).UnthrowLoaded)
	found := saga.Add(f, "list", step, saga.Value(throw{Seed: seed, Task: 100}))
	zone, turn := saga.ForEachRef(f, "zone", saga.From(found, func(throw) []int { return []int{1, 2, 3}[:1+seed%3] }))
	places := []*saga.Flow{f, zone, zone.Scope("inner", saga.Retrying(saga.Times(2)), saga.AwaitSiblings())}
	var refs []saga.Ref[throw]
	for i := range 4 + r.IntN(6) {
		in, place := saga.Value(throw{Seed: seed, Task: i}), r.IntN(3)
		if place > 0 {
			in = saga.From(turn, func(n int) throw { return throw{Seed: seed, Task: i, Attempt: n} })
		}
		refs = append(refs, saga.Add(places[place], fmt.Sprint("t", i), step, in))
	}
	return f, saga.Collect(refs)
}

func runLoaded(ctx workflow.Context, seed uint64) ([]throw, error) {
	f, result := loadedFlow(seed)
	return saga.Run(ctx, f, result)
}

// decide skips a task that fails, with a result or without, or gives up its undo. It ends
// one run in four in other ways.
func decide(t *testing.T, run client.WorkflowRun, seed uint64, l *saga.Ledger) {
	if end := map[uint64]saga.Verb{0: saga.VerbAbandon, 1: saga.VerbRevert}[seed%8]; l.State == saga.RunHeld &&
		end != "" {
		_ = theStage.SignalWorkflow(t.Context(), run.GetID(), "", string(end), saga.Request{Reason: "enough"})
		return
	}
	for i, e := range l.Tasks {
		if e.State != saga.TaskFailure && e.State != saga.TaskRevertFailure {
			continue
		}
		q := saga.Request{Task: e.Task, Reason: "by hand"}
		if i%2 == 0 || len(l.Requests) > 20 {
			q.Result, _ = json.Marshal(throw{Seed: seed, Task: 1000 + i})
		}
		// is dropped if a result is missing
		_ = theStage.SignalWorkflow(t.Context(), run.GetID(), "", string(saga.VerbSkip), q)
	}
	_ = theStage.SignalWorkflow(t.Context(), run.GetID(), "", string(saga.VerbRetry), saga.Request{})
}

// Decisions of people arrive between any two answers. Whatever was decided, the history
// must play back the same.
func TestRandomRunsThatPeopleDecideReplay(t *testing.T) {
	t.Parallel()
	queue := stage.Queue()
	w := worker.New(theStage.Client, queue, worker.Options{})
	w.RegisterWorkflow(runLoaded)
	w.RegisterActivity(&loaded{})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	outcomes := map[saga.RunState]int{}
	for seed := range uint64(32) {
		run, err := theStage.ExecuteWorkflow(t.Context(),
			client.StartWorkflowOptions{ID: "loaded-" + uuid.NewString(), TaskQueue: queue}, runLoaded, seed)
		require.NoError(t, err)
		var l *saga.Ledger
		stage.Await(t, "the end of the run", func() bool {
			value, err := theStage.QueryWorkflow(t.Context(), run.GetID(), run.GetRunID(), saga.LedgerQuery)
			if l = new(saga.Ledger); err != nil || value.Get(l) != nil {
				return false
			}
			if !l.State.Final() {
				decide(t, run, seed, l)
			}
			return l.State.Final()
		})
		outcomes[l.State]++
		_ = run.GetWithOptions(t.Context(), nil, client.WorkflowRunGetOptions{})
		replayer := worker.NewWorkflowReplayer()
		replayer.RegisterWorkflow(runLoaded)
		require.NoError(t, replayer.ReplayWorkflowHistory(config.Silent(), historyOf(t, run)), "seed %d", seed)
	}
	require.Len(t, outcomes, 3, "committed, reverted and stopped: %v", outcomes)
}
