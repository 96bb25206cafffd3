package saga_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"novaflow/saga"
)

// play is a run in the test environment with what it told its listener.
type play struct {
	t   *testing.T
	env *testsuite.TestWorkflowEnvironment
	*world
	mu      sync.Mutex
	events  []saga.Event
	updates int
}

func newPlay(t *testing.T) *play {
	p := &play{t: t, world: newWorld()}
	p.env = newEnv(t, p.world)
	p.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{p.listener()}})
	return p
}

func (p *play) listener() interceptor.WorkerInterceptor {
	return saga.Listen(func(e saga.Event) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, e)
	})
}

// through puts something between the workflow and the engine.
func (p *play) through(put func(next outbound) outbound) { through(p.env, put, p.listener()) }

// run plays a flow to its end and returns its ledger.
func (p *play) run(build func() (*saga.Flow, saga.Ref[thing])) *saga.Ledger {
	p.t.Helper()
	p.env.SetTestTimeout(20 * time.Second)
	p.env.ExecuteWorkflow(flowOf(build))
	require.True(p.t, p.env.IsWorkflowCompleted())
	return ledger(p.t, p.env)
}

// commits requires the outcome COMMITTED.
func (p *play) commits(build func() (*saga.Flow, saga.Ref[thing])) *saga.Ledger {
	p.t.Helper()
	l := p.run(build)
	require.NoError(p.t, p.env.GetWorkflowError())
	require.Equal(p.t, saga.RunCommitted, l.State)
	return l
}

// reverts requires the outcome REVERTED, with nothing left, and a text in the
// error.
func (p *play) reverts(text string, build func() (*saga.Flow, saga.Ref[thing])) *saga.Ledger {
	p.t.Helper()
	l := p.run(build)
	require.ErrorContains(p.t, p.env.GetWorkflowError(), text)
	require.Equal(p.t, saga.RunReverted, l.State)
	require.Empty(p.t, p.things)
	return l
}

// story is what happened, as "task STATE" or "STATE" for the run.
func (p *play) story() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		out = append(out, strings.TrimSpace(e.Task+" "+e.To))
	}
	return out
}

// requireStory fails unless these events happened in this order, with any other events
// between them.
func (p *play) requireStory(events ...string) {
	p.t.Helper()
	story := p.story()
	at := 0
	for _, e := range events {
		next := slices.Index(story[at:], e)
		require.GreaterOrEqual(p.t, next, 0, "%q is not in its place in %q", e, story)
		at += next + 1
	}
}

// at does something at a moment of the run.
func (p *play) at(d time.Duration, fn func()) { p.env.RegisterDelayedCallback(fn, d) }

// tell sends an update and requires that it is taken.
func (p *play) tell(v saga.Verb, q saga.Request) {
	p.update(v, q, func() {}, func(err error) { p.t.Errorf("%s refused: %v", v, err) })
}

// refused sends an update and requires that it is refused with a text.
func (p *play) refused(text string, v saga.Verb, q saga.Request) {
	asked := false
	p.t.Cleanup(func() { require.True(p.t, asked, "%s was never asked", v) })
	p.update(v, q, func() { p.t.Errorf("%s must be refused: %s", v, text) }, func(err error) {
		asked = true
		require.ErrorContains(p.t, err, text)
	})
}

func (p *play) update(v saga.Verb, q saga.Request, accept func(), reject func(error)) {
	p.updates++
	p.env.UpdateWorkflow(string(v), fmt.Sprintf("update-%d", p.updates), &answer{accept, reject}, q)
}

// answer takes what becomes of an update.
type answer struct {
	accept func()
	reject func(error)
}

func (a *answer) Accept()             { a.accept() }
func (a *answer) Reject(err error)    { a.reject(err) }
func (a *answer) Complete(any, error) {}

// fails lets a task fail for good, so many times; -1 is for ever.
func (p *play) fails(what string, times int) { p.faults[what] = fault{times: times} }
