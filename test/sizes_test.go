//go:build e2e

package test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
	"novaflow/test/stage"
)

// depot stores the crates that the flow of these tests creates, by mark.
type depot struct {
	mu     sync.Mutex
	crates map[saga.Mark]bool
	most   int // undos that ran at once
	now    int
	bare   int // undos that came without a result
}

// crate is an input and a result: so many bytes.
type crate struct {
	Data string `json:"data,omitempty"`
	Out  int    `json:"out,omitempty"`
	Fail bool   `json:"fail,omitempty"`
}

func (d *depot) Store(_ context.Context, i saga.Intent[crate]) (crate, error) {
	if i.In.Fail {
		return crate{}, temporal.NewNonRetryableApplicationError("the depot is full", "full", nil)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crates[i.Mark] = true
	return crate{Data: strings.Repeat("y", i.In.Out)}, nil
}

func (d *depot) Remove(_ context.Context, u saga.Undo[crate, crate]) error {
	d.mu.Lock()
	d.now++
	d.most = max(d.most, d.now)
	if u.Out == nil {
		d.bare++
	}
	delete(d.crates, u.Mark)
	d.mu.Unlock()
	time.Sleep(time.Millisecond)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now--
	return nil
}

var stores = saga.Do((*depot)(nil).Store).UndoneBy((*depot)(nil).Remove).
	With(saga.Options{Timeout: stage.Bound}).UndoWith(saga.Options{Timeout: stage.Bound})

// load says how many tasks a flow has, and how large their inputs and results are.
type load struct {
	Tasks, In, Out int
	MaxConcurrent  int
	Child, Fail    bool
}

// shipment stores a base, then all crates of a load, and then the last one.
var shipment = saga.Define("shipment", func(l load) (*saga.Flow, saga.Ref[crate]) {
	f := saga.NewFlow("shipment", saga.Deadline(2*time.Minute))
	base := saga.Add(f, "base", stores, saga.Value(crate{}))
	var options []saga.FlowOption
	if l.MaxConcurrent > 0 {
		options = append(options, saga.MaxConcurrent(l.MaxConcurrent))
	}
	if l.Child {
		options = append(options, saga.AsChild())
	}
	scope := f.Scope("crates", options...)
	var all []saga.Dependency
	for n := range l.Tasks {
		all = append(all, saga.Add(scope, fmt.Sprint("crate-", n), stores, saga.From(base, func(crate) crate {
			return crate{Data: strings.Repeat("x", l.In), Out: l.Out}
		})))
	}
	return f, saga.Add(f, "last", stores, saga.Value(crate{Fail: l.Fail}), saga.After(all...))
})

func runShipment(ctx workflow.Context, l load) (crate, error) { return shipment.Run(ctx, l) }

// ship runs a shipment to its end on the engine.
func ship(t *testing.T, l load) (*depot, error) {
	t.Helper()
	d, queue := &depot{crates: map[saga.Mark]bool{}}, stage.Queue()
	w := worker.New(theStage.Client, queue, worker.Options{})
	w.RegisterWorkflow(runShipment)
	saga.RegisterRevert(w, saga.Options{Timeout: stage.Bound})
	saga.Register(w, shipment.With(load{Tasks: 1}))
	w.RegisterActivity(d)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	begun := time.Now()
	run, err := theStage.ExecuteWorkflow(ctx,
		client.StartWorkflowOptions{ID: "shipment:" + uuid.NewString(), TaskQueue: queue}, runShipment, l)
	require.NoError(t, err)
	err = run.Get(ctx, nil)
	require.NoError(t, ctx.Err(), "the run does not end")
	d.mu.Lock()
	defer d.mu.Unlock()
	t.Logf("%+v: %s, %d crates, at most %d undos at once, %d without a result", l,
		time.Since(begun).Round(time.Millisecond), len(d.crates), d.most, d.bare)
	return d, err
}

// commits requires that a load is stored whole.
func commits(t *testing.T, l load) {
	t.Helper()
	d, err := ship(t, l)
	require.NoError(t, err)
	require.Len(t, d.crates, l.Tasks+2)
}

// reverts requires that nothing of a load is left, and that the run says so itself.
func reverts(t *testing.T, l load, why string) *depot {
	t.Helper()
	d, err := ship(t, l)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, saga.ErrTypeReverted, app.Type(), app.Message())
	require.ErrorContains(t, err, why)
	require.Empty(t, d.crates)
	return d
}

// The engine terminated a run that scheduled inputs of more than 4 MiB in one step, and
// what it had created stayed.
func TestSizesOfReadyInputsDoNotEndTheRun(t *testing.T) {
	for _, l := range []load{{Tasks: 10, In: 500_000}, {Tasks: 1000, In: 4500}} {
		t.Run(fmt.Sprint(l.Tasks), func(t *testing.T) {
			commits(t, l)
			l.Fail = true
			reverts(t, l, "the depot is full")
		})
	}
}

// An undo carries the input and the result: what fitted forward did not fit back.
func TestSizesOfUndosDoNotEndTheRun(t *testing.T) {
	reverts(t, load{Tasks: 1000, In: 2500, Out: 2500, Fail: true}, "the depot is full")
}

// MaxConcurrent bounded the way forward only.
func TestSizesOfUndosInAScopeWithAMaximumConcurrency(t *testing.T) {
	d := reverts(t, load{Tasks: 1000, In: 2500, Out: 2500, MaxConcurrent: 50, Fail: true}, "the depot is full")
	require.LessOrEqual(t, d.most, 50)
}

// The undo of a task with a large input and a larger result could never be sent.
func TestSizesOfAResultThatIsTooLargeFailTheTask(t *testing.T) {
	d := reverts(t, load{Tasks: 1, In: 400_000, Out: 1_800_000}, "the result has 1800011 bytes")
	require.Equal(t, 1, d.bare, "the crate was removed by its mark")
}
