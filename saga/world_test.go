package saga_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// world is what the activities of these tests change: a set of marked resources.
type world struct {
	mu     sync.Mutex
	things map[saga.Mark]string
	undone map[saga.Mark]bool
	causes []string // that undos were told
	events []string
	faults map[string]fault // by "make NAME" or "unmake NAME"
	onHang func()           // called when an activity begins to hang
}

// fault says how an activity misbehaves.
type fault struct {
	times     int  // how often; negative is for ever
	after     bool // after the effect rather than before
	retryable bool
	hang      bool // until cancelled
}

// thing is the resource that an activity creates.
type thing struct {
	Name string   `json:"name"`
	Of   []string `json:"of,omitempty"`
	With string   `json:"with,omitempty"`
}

func (t thing) ResourceID() string { return "id-" + t.Name }

func newWorld() *world {
	return &world{things: map[saga.Mark]string{}, undone: map[saga.Mark]bool{}, faults: map[string]fault{}}
}

func (w *world) Make(ctx context.Context, i saga.Intent[thing]) (thing, error) {
	f := w.fault("make " + i.In.Name)
	if f.hang {
		return thing{}, w.hang(ctx, i.In.Name)
	}
	if f.times != 0 && !f.after {
		return thing{}, f.err()
	}
	w.make(i)
	if f.times != 0 {
		return thing{}, f.err()
	}
	return i.In, nil
}

// make is the effect. The test environment does not wait for a cancelled
// activity, the real engine does: an attempt that its undo has overtaken never
// was.
func (w *world) make(i saga.Intent[thing]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.undone[i.Mark] {
		w.things[i.Mark] = i.In.Name
		w.events = append(w.events, "make "+i.In.Name)
	}
}

func (w *world) Unmake(ctx context.Context, u saga.Undo[thing, thing]) error {
	if f := w.fault("unmake " + u.In.Name); f.times != 0 {
		return f.err()
	}
	w.change("unmake "+u.In.Name, func() {
		if u.Out != nil {
			w.mistake(u.In, *u.Out)
		}
		delete(w.things, u.Mark)
		w.undone[u.Mark] = true
		w.causes = append(w.causes, u.Cause)
	})
	return ctx.Err()
}

func (w *world) UnmakeAll(_ context.Context, u saga.ScopeUndo) error {
	if f := w.fault("unmake all of " + u.Scope); f.times != 0 {
		return f.err()
	}
	w.change("unmake all of "+u.Scope, func() {
		for _, e := range u.Tasks {
			var in, out thing
			if json.Unmarshal(e.In, &in) == nil && json.Unmarshal(e.Out, &out) == nil {
				w.mistake(in, out)
			}
			delete(w.things, e.Mark)
			w.undone[e.Mark] = true
		}
	})
	return nil
}

// mistake reports an undo that takes a resource created by hand for its own.
func (w *world) mistake(wanted, made thing) {
	if wanted.Name != made.Name {
		w.events = append(w.events, "unmake "+made.Name)
	}
}

func (w *world) Copy(ctx context.Context, in thing) (thing, error) {
	saga.Report(ctx, 120, "copied")
	return in, nil
}

func (w *world) Look(_ context.Context, in thing) (thing, error) {
	if f := w.fault("look " + in.Name); f.times != 0 {
		return thing{}, f.err()
	}
	w.change("look "+in.Name, func() {})
	return in, nil
}

func (w *world) hang(ctx context.Context, name string) error {
	w.onHang()
	for {
		activity.RecordHeartbeat(ctx)
		select {
		case <-ctx.Done():
			w.change("cancelled "+name, func() {})
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

func (f fault) err() error {
	if f.retryable {
		return errors.New("service unavailable")
	}
	return temporal.NewNonRetryableApplicationError("no valid host was found", "terminal", nil)
}

// fault returns the misbehaviour due now and counts it.
func (w *world) fault(event string) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.faults[event]
	if f.times > 0 {
		w.faults[event] = fault{f.times - 1, f.after, f.retryable, f.hang}
	}
	return f
}

func (w *world) change(event string, effect func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	effect()
	w.events = append(w.events, event)
}

// with returns the events that begin with a prefix.
func (w *world) with(prefix string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, e := range w.events {
		if strings.HasPrefix(e, prefix) {
			out = append(out, e)
		}
	}
	return out
}

// named returns the resources with a name.
func (w *world) named(name string) (found []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.things {
		if n == name {
			found = append(found, n)
		}
	}
	return found
}

// requireOrder fails unless the events happened in this order.
func (w *world) requireOrder(t *testing.T, events ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	last := -1
	for _, e := range events {
		at := slices.Index(w.events, e)
		require.Greater(t, at, last, "%q out of order in %q", e, w.events)
		last = at
	}
}

var (
	worldOf *world // only its method names are used
	makes   = saga.Do(worldOf.Make).UndoneBy(worldOf.Unmake)
	looks   = saga.Read(worldOf.Look)
)

// add adds a task that creates a resource from others.
func add(f *saga.Flow, name string, of ...saga.Ref[thing]) saga.Ref[thing] {
	in := saga.From(saga.Collect(of), func(parts []thing) thing {
		t := thing{Name: name}
		for _, p := range parts {
			t.Of = append(t.Of, p.Name)
		}
		return t
	})
	return saga.Add(f, name, makes, in)
}

// diamond is a flow in which left and right need base, and top needs both.
func diamond(options ...saga.FlowOption) (*saga.Flow, saga.Ref[thing]) {
	f := saga.NewFlow("diamond", options...)
	base := add(f, "base")
	left, right := add(f, "left", base), add(f, "right", base)
	return f, add(f, "top", left, right)
}

// flowOf turns a function that builds a flow into a workflow.
func flowOf(build func() (*saga.Flow, saga.Ref[thing])) func(workflow.Context) (thing, error) {
	return func(ctx workflow.Context) (thing, error) {
		f, top := build()
		return saga.Run(ctx, f, top)
	}
}

// newEnv is a test environment with the world's activities.
func newEnv(t *testing.T, w *world) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterActivity(w)
	return env
}

// ledger asks the run for its ledger.
func ledger(t *testing.T, env *testsuite.TestWorkflowEnvironment) *saga.Ledger {
	t.Helper()
	value, err := env.QueryWorkflow(saga.LedgerQuery)
	if err != nil && strings.Contains(err.Error(), "in parts") {
		return ledgerInParts(t, env)
	}
	require.NoError(t, err)
	var l saga.Ledger
	require.NoError(t, value.Get(&l))
	return &l
}

// ledgerInParts asks the run for the parts of a ledger that is too large for one answer.
func ledgerInParts(t *testing.T, env *testsuite.TestWorkflowEnvironment) *saga.Ledger {
	t.Helper()
	var all saga.Ledger
	for part, parts := 1, 1; part <= parts; part++ {
		value, err := env.QueryWorkflow(saga.RecordQuery, part)
		require.NoError(t, err)
		var a saga.Archive
		require.NoError(t, value.Get(&a))
		a.Ledger.Tasks = append(all.Tasks, a.Ledger.Tasks...)
		all, parts = a.Ledger, a.Parts
	}
	return &all
}

// states renders the states of a ledger's tasks as "name=STATE".
func states(l *saga.Ledger) (out []string) {
	for _, e := range l.Tasks {
		out = append(out, fmt.Sprintf("%s=%s", e.Task, e.State))
	}
	return out
}

// quiet drops what the test environment logs.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
