//go:build e2e

package test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
	"novaflow/test/stage"
)

// step is an activity that costs nothing, so that the benchmark measures the engine and
// the library.
type step struct{ undone atomic.Int64 }

type stepData struct {
	Name string `json:"name"`
	Fail bool   `json:"fail,omitempty"`
}

func (*step) DoStep(_ context.Context, i saga.Intent[stepData]) (stepData, error) {
	if i.In.Fail {
		return stepData{}, temporal.NewNonRetryableApplicationError("the last step fails", "step", nil)
	}
	return i.In, nil
}

func (s *step) UndoStep(context.Context, saga.Undo[stepData, stepData]) error {
	s.undone.Add(1)
	return nil
}

var theSteps step

var doStep = saga.Do((*step)(nil).DoStep).UndoneBy((*step)(nil).UndoStep)

// shape is a flow of layers; each task of a layer needs all of the one before.
type shape struct {
	Layers, Width int
	Scopes        int  // so many copies, each a child workflow; 0: none
	Fail          bool // the last task, so that everything is undone
}

func (s shape) tasks() int { return max(s.Scopes, 1) * s.Layers * s.Width }

// undone is how many tasks are undone: none, or all, with the one that fails.
func (s shape) undone() int {
	switch {
	case !s.Fail:
		return 0
	case s.Scopes > 0:
		return s.tasks() + 1
	}
	return s.tasks()
}

var layered = saga.Define("layered", func(s shape) (*saga.Flow, saga.Ref[stepData]) {
	f := saga.NewFlow("layered")
	if s.Scopes == 0 {
		return f, s.layers(f, s.Fail)
	}
	children := f.Scope("all", saga.MaxConcurrent(5))
	var lasts []saga.Ref[stepData]
	for i := range s.Scopes {
		lasts = append(lasts, s.layers(children.Scope(fmt.Sprint("part-", i), saga.AsChild()), false))
	}
	return f, saga.Add(f, "last", doStep, saga.From(saga.Collect(lasts), func([]stepData) stepData {
		return stepData{Name: "last", Fail: s.Fail}
	}))
})

func (s shape) layers(f *saga.Flow, fail bool) (last saga.Ref[stepData]) {
	var before []saga.Dependency
	for l := range s.Layers {
		var layer []saga.Dependency
		for w := range s.Width {
			last = saga.Add(f, fmt.Sprintf("step-%d-%d", l, w), doStep,
				saga.Value(stepData{Name: "x", Fail: fail && l == s.Layers-1 && w == s.Width-1}), saga.After(before...))
			layer = append(layer, last)
		}
		before = layer
	}
	return last
}

func runLayered(ctx workflow.Context, s shape) (stepData, error) { return layered.Run(ctx, s) }

// byHand does the same as runLayered for a shape without scopes. It is written on the
// SDK, as users of the SDK write it, and registers undos before each step.
func byHand(ctx workflow.Context, s shape) (out stepData, err error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 2 * time.Minute})
	var undos []saga.Undo[stepData, stepData]
	defer func() {
		if err == nil {
			return
		}
		detached, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		for i := len(undos) - 1; i >= 0; i-- {
			_ = workflow.ExecuteActivity(detached, "UndoStep", undos[i]).Get(detached, nil)
		}
	}()
	for range s.Layers {
		var futures []workflow.Future
		for range s.Width {
			in := stepData{Name: "x"}
			undos = append(undos, saga.Undo[stepData, stepData]{In: in})
			futures = append(futures, workflow.ExecuteActivity(ctx, "DoStep", saga.Intent[stepData]{In: in}))
		}
		for _, f := range futures {
			if err := f.Get(ctx, &out); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// BenchmarkOverhead runs the same steps through the library and by hand, one after the
// other, so that both have the same machine. The ratios compare the wall time, and the
// processor time of engine and worker.
func BenchmarkOverhead(b *testing.B) {
	queue := benchWorker(b)
	for _, s := range []shape{{Layers: 10, Width: 1}, {Layers: 10, Width: 10}} {
		b.Run(fmt.Sprintf("%dx%d", s.Layers, s.Width), func(b *testing.B) {
			var flow, hand, flowCPU, handCPU time.Duration
			var flowEvents, handEvents, flowTasks, handTasks int
			for turn := 0; b.Loop(); turn++ {
				var h, f figures
				if turn%2 == 0 { // neither always has the other's aftermath
					h, f = bench(b, queue, byHand, s), bench(b, queue, runLayered, s)
				} else {
					f, h = bench(b, queue, runLayered, s), bench(b, queue, byHand, s)
				}
				hand, flow = hand+h.took, flow+f.took
				handCPU, flowCPU = handCPU+h.cpu, flowCPU+f.cpu
				handEvents, flowEvents, handTasks, flowTasks = h.events, f.events, h.workflowTasks, f.workflowTasks
			}
			b.ReportMetric(float64(flow)/float64(hand), "ratio")
			b.ReportMetric(float64(flowCPU)/float64(handCPU), "ratio-cpu")
			b.ReportMetric(float64(flowEvents), "events")
			b.ReportMetric(float64(handEvents), "events-by-hand")
			b.ReportMetric(float64(flowTasks), "workflow-tasks")
			b.ReportMetric(float64(handTasks), "workflow-tasks-by-hand")
		})
	}
}

// BenchmarkSize shows that the cost of a task does not depend on how many there
// are: forward, and with a revert of everything at the end.
func BenchmarkSize(b *testing.B) {
	queue := benchWorker(b)
	for _, s := range []shape{
		{Layers: 1, Width: 10}, {Layers: 10, Width: 10}, {Layers: 100, Width: 10}, {Layers: 10, Width: 10, Scopes: 100},
	} {
		for _, fail := range []bool{false, true} {
			s.Fail = fail
			b.Run(fmt.Sprintf("tasks=%d/revert=%v", s.tasks(), fail), func(b *testing.B) {
				var last figures
				for b.Loop() {
					undone := theSteps.undone.Load()
					last = bench(b, queue, runLayered, s)
					require.Equal(b, s.undone(), int(theSteps.undone.Load()-undone), "undos")
				}
				b.ReportMetric(float64(last.took.Microseconds())/1000/float64(s.tasks()), "ms/task")
				b.ReportMetric(float64(last.cpu.Microseconds())/1000/float64(s.tasks()), "cpu-ms/task")
				b.ReportMetric(float64(last.events), "events")
			})
		}
	}
}

// BenchmarkBuild measures how long it takes to build and check a flow of 1,000 tasks.
func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		_, err := layered.Plan(shape{Layers: 100, Width: 10})
		require.NoError(b, err)
	}
}

func benchWorker(b *testing.B) (queue string) {
	queue = stage.Queue()
	eager := 100
	w := worker.New(theStage.Client, queue, worker.Options{MaxEagerActivityReservationsPerWorkflowTask: &eager})
	w.RegisterWorkflow(runLayered)
	w.RegisterWorkflow(byHand)
	saga.RegisterRevert(w, saga.Options{})
	saga.Register(w, layered.With(shape{Layers: 1, Width: 1}))
	w.RegisterActivity(&theSteps)
	require.NoError(b, w.Start())
	b.Cleanup(w.Stop)
	return queue
}

// figures are what one run cost.
type figures struct {
	took, cpu             time.Duration
	events, workflowTasks int
}

func bench(b *testing.B, queue string, flow any, s shape) (f figures) {
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	began, used := time.Now(), cpuTime(b)
	run, err := theStage.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: queue}, flow, s)
	require.NoError(b, err)
	err = run.Get(ctx, nil)
	f.took, f.cpu = time.Since(began), cpuTime(b)-used
	require.Equal(b, s.Fail, err != nil, "%v", err)
	if err != nil {
		b.Log(err.Error()[:min(300, len(err.Error()))])
	}
	events := theStage.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(b, err)
		f.events++
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			f.workflowTasks++
		}
	}
	return f
}
