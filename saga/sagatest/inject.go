package sagatest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"novaflow/saga"
)

// injected is the text of every error that is not the flow's own.
const injected = "injected by sagatest"

// hopeless is how often an activity may fail by itself before it counts as one
// that never succeeds.
const hopeless = 20

// injector lets faults happen to the activities of one run, and records all
// that it sees. It is a worker interceptor: neither the flow nor its activities
// know of it.
type injector struct {
	interceptor.WorkerInterceptorBase
	env     *testsuite.TestWorkflowEnvironment
	run     string            // what saga.RunID returns
	forward bool              // the flow only goes forward
	pause   time.Duration     // shorter than the deadline of the run
	late    time.Duration     // longer than the deadline of the run
	trace   func() []Resource // takes an inventory; nil unless activities are to run one by one
	tracing sync.Mutex

	mu        sync.Mutex
	faults    []*fault
	plans     map[string]plan // by activity id
	scheduled []string        // points of activities, each time
	order     []string        // points, as first scheduled
	live      map[string]*live
	gone      map[string]bool // cancelled activities
	failures  map[string]int  // of the activities themselves
	steps     []*step
	never     []*step // activities that never succeed, at their last attempt
	stuck     *saga.Ledger
	restless  []string // points of activities scheduled while the run was paused
	watching  bool
	healed    bool
}

// fault is a Fault and how often it happened.
type fault struct {
	Fault
	second  bool // of two: it does not fail the task
	forward bool // the run only goes forward when the task runs
	do      int  // attempts of the activity
	undo    int  // attempts of its undo
	hits    int  // how often the mishap happened
}

// live is an activity under way.
type live struct {
	undo      bool
	stop      context.CancelFunc // nil for one that would not notice
	cancelled chan struct{}      // closed when the engine cancels it
	ended     chan struct{}
}

// step is one attempt of an activity.
type step struct {
	plan
	attempt int // in this run, from 1
	outcome string
	bodies  []effect // what the activity itself did, each time it ran
}

// effect is what running an activity once came to.
type effect struct {
	err     error
	changes Residue // of the world, in a traced run
}

// worked reports whether the activity itself ran to its end without an error.
func (s *step) worked() bool {
	return slices.ContainsFunc(s.bodies, func(e effect) bool { return e.err == nil })
}

func newInjector(run string, c Case, forward bool, deadline time.Duration) *injector {
	i := &injector{
		run: run, forward: forward, late: deadline + time.Hour, pause: deadline / 4, plans: map[string]plan{},
		live: map[string]*live{},
		gone: map[string]bool{}, failures: map[string]int{},
	}
	for n, f := range c.Faults {
		i.faults = append(i.faults, &fault{Fault: f, second: n > 0})
	}
	return i
}

// InterceptActivity adds what the injector does to an activity. The SDK calls it for each
// attempt.
func (i *injector) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &attempts{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, i: i}
}

type attempts struct {
	interceptor.ActivityInboundInterceptorBase
	i    *injector
	runs atomic.Int32 // of the activity itself, in this attempt
}

// Init puts the injector between the activity and the SDK.
func (a *attempts) Init(next interceptor.ActivityOutboundInterceptor) error {
	return a.Next.Init(&info{interceptor.ActivityOutboundInterceptorBase{Next: next}, a})
}

type info struct {
	interceptor.ActivityOutboundInterceptorBase
	a *attempts
}

// GetInfo counts a second run of an activity as the next attempt, as a real engine does.
func (o *info) GetInfo(ctx context.Context) activity.Info {
	info := o.Next.GetInfo(ctx)
	info.Attempt += max(o.a.runs.Load()-1, 0)
	return info
}

// ExecuteActivity runs one attempt. The test environment tells a workflow at
// once that an activity was cancelled; a real engine waits, as the flow asks it
// to, until the activity has ended. So undos wait here for what was cancelled.
func (a *attempts) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, l := a.i.begin(info, cancel)
	if s == nil {
		return nil, temporal.NewCanceledError() // the engine does not try again what was cancelled
	}
	defer a.i.end(info.ActivityID, l)
	if s.undo {
		a.i.awaitCancelled(ctx)
	}
	return a.i.act(s, l, func() (any, error) {
		a.runs.Add(1)
		return a.i.observe(s, func() (any, error) { return a.Next.ExecuteActivity(ctx, in) })
	})
}

// begin records a new attempt, or returns nil if the activity was cancelled.
func (i *injector) begin(info activity.Info, cancel context.CancelFunc) (*step, *live) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id := info.ActivityID
	if i.gone[id] {
		return nil, nil
	}
	s := &step{plan: i.plans[id], attempt: 1}
	for _, earlier := range i.steps {
		if earlier.id == id {
			s.attempt++
		}
	}
	i.steps = append(i.steps, s)
	l := &live{undo: s.undo, cancelled: make(chan struct{}), ended: make(chan struct{})}
	if info.HeartbeatTimeout > 0 { // cancellation arrives with the answer to a heartbeat
		l.stop = cancel
	}
	i.live[id] = l
	return s, l
}

func (i *injector) end(id string, l *live) {
	i.mu.Lock()
	defer i.mu.Unlock()
	close(l.ended)
	if i.live[id] == l {
		delete(i.live, id)
	}
}

// onCancel notes that the workflow has cancelled an activity.
func (i *injector) onCancel(info *activity.Info) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.gone[info.ActivityID] = true
	if l := i.live[info.ActivityID]; l != nil {
		close(l.cancelled)
		if l.stop != nil {
			l.stop()
		}
	}
}

// awaitCancelled waits until the activities that were cancelled have ended.
func (i *injector) awaitCancelled(ctx context.Context) {
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for _, l := range i.underway(func(id string, l *live) bool { return i.gone[id] && !l.undo }) {
		for ended := false; !ended; {
			select {
			case <-l.ended:
				ended = true
			case <-beat.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}
}

// awaitAll waits until every activity has ended, after the run has.
func (i *injector) awaitAll() {
	for _, l := range i.underway(func(string, *live) bool { return true }) {
		<-l.ended
	}
}

// underway returns the live activities that a function selects.
func (i *injector) underway(selects func(string, *live) bool) (all []*live) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for id, l := range i.live {
		if selects(id, l) {
			all = append(all, l)
		}
	}
	return all
}

// observe runs the activity itself and records how it went. In a traced run
// activities run one by one, so that each change has one cause.
func (i *injector) observe(s *step, run body) (any, error) {
	run = recoverPanic(run)
	if i.trace == nil {
		out, err := run()
		i.record(s, effect{err: err})
		return out, err
	}
	i.tracing.Lock()
	defer i.tracing.Unlock()
	before := i.trace()
	out, err := run()
	i.record(s, effect{err, compareResources(before, i.trace())})
	return out, err
}

// recoverPanic turns a panic of an activity into an error, as the SDK does further out.
func recoverPanic(run body) body {
	return func() (out any, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		return run()
	}
}

// record keeps the outcome of an activity, and ends a run that would try a
// hopeless one for ever.
func (i *injector) record(s *step, e effect) {
	i.mu.Lock()
	defer i.mu.Unlock()
	s.bodies = append(s.bodies, e)
	if e.err == nil {
		s.say("ok")
		return
	}
	s.say("failed: " + e.err.Error())
	i.failures[s.id]++
	if i.failures[s.id] == hopeless && (s.undo || i.forward) {
		i.never = append(i.never, s)
		if !s.undo {
			i.env.CancelWorkflow()
		}
	}
}

func (s *step) say(words string) {
	if s.outcome != "" {
		s.outcome += ", "
	}
	s.outcome += words
}

// given reports whether an undo is to be passed over because it never succeeds:
// the run would not end otherwise.
func (i *injector) given(s *step) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return s.undo && i.failures[s.id] >= hopeless
}
