package stage

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/workflows/server"
)

// runBound is how long one run of a load may take. It is long because a task that has
// failed ten times is tried only once a minute.
const runBound = 30 * time.Minute

// Plan is a ServerCreate to be started.
type Plan struct {
	Spec   server.CreateSpec
	Cancel time.Duration // after its start; 0 is never
	Delete bool          // what it created, once it has committed
}

// Created is a ServerCreate that was started, and what became of it.
type Created struct {
	Plan
	client.WorkflowRun
	Server server.Server // if Err is nil
	Err    error         // what the run ended with
	Gone   bool          // what it created was deleted
	Ledger *saga.Ledger  // see ReadLedgers
}

// Load keeps many runs under way at once while the cloud, the workers and the engine
// break. It goes on while the engine is away.
type Load struct {
	stage *Stage
	queue string
	slots chan struct{} // as many as runs may be under way
	work  sync.WaitGroup
	ended atomic.Int32
	stop  chan struct{} // closed when no more runs are to be started

	mu   sync.Mutex
	live map[*Created]bool
	all  []*Created
}

// Load starts the planned runs, at most width at once, and does not wait for them.
func (s *Stage) Load(t testing.TB, queue string, width int, plans []Plan) *Load {
	l := &Load{stage: s, queue: queue, slots: make(chan struct{}, width), live: map[*Created]bool{}, stop: make(chan struct{})}
	t.Cleanup(l.work.Wait) // the test's context has ended by then
	l.work.Go(func() {
		for _, plan := range plans {
			select {
			case l.slots <- struct{}{}:
				l.work.Go(func() { l.carryOut(t, plan) })
			case <-l.stop:
				return
			case <-t.Context().Done():
				return
			}
		}
	})
	return l
}

// Stop lets the load start no more runs.
func (l *Load) Stop() { close(l.stop) }

// carryOut leads one run from its start to its end.
func (l *Load) carryOut(t testing.TB, plan Plan) {
	defer func() { l.ended.Add(1); <-l.slots }()
	ctx, cancel := context.WithTimeout(t.Context(), runBound)
	defer cancel()
	run, err := l.stage.begin(ctx, l.queue, plan.Spec)
	if err != nil {
		t.Errorf("%s did not start: %v", plan.Spec.Name, err)
		return
	}
	c := &Created{Plan: plan, WorkflowRun: run}
	l.enter(c)
	defer l.leave(c)
	if plan.Cancel > 0 {
		timer := time.AfterFunc(plan.Cancel, func() { _ = l.stage.cancel(ctx, run) })
		defer timer.Stop()
	}
	if c.Err = l.stage.end(ctx, run, &c.Server); ctx.Err() != nil && t.Context().Err() == nil {
		t.Errorf("%s (run %s) did not end within %s", run.GetID(), run.GetRunID(), runBound)
	}
	if plan.Delete && c.Err == nil {
		l.remove(ctx, t, c)
	}
}

// remove deletes what a run has created.
func (l *Load) remove(ctx context.Context, t testing.TB, c *Created) {
	run, err := l.stage.beginDelete(ctx, l.queue, c.Spec.Cloud, c.Spec.Name)
	if err == nil {
		err = l.stage.end(ctx, run, nil)
	}
	if c.Gone = err == nil; err != nil {
		t.Errorf("delete of %s: %v", c.Spec.Name, err)
	}
}

func (l *Load) enter(c *Created) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live[c] = true
	l.all = append(l.all, c)
}

func (l *Load) leave(c *Created) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.live, c)
}

// Ended counts the runs that have ended.
func (l *Load) Ended() int { return int(l.ended.Load()) }

// Live lists the runs that are under way, in no order.
func (l *Load) Live() []*Created {
	l.mu.Lock()
	defer l.mu.Unlock()
	live := make([]*Created, 0, len(l.live))
	for c := range l.live {
		live = append(live, c)
	}
	return live
}

// Wait returns all runs when all have ended.
func (l *Load) Wait() []*Created {
	l.work.Wait()
	return l.all
}
