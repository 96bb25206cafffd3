// Package stage sets up what end-to-end tests play on, so that each test says
// only what happens: a real engine, workers in this process or in one of their
// own, and the starting and reading of runs.
package stage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/internal/engine"
	"novaflow/internal/workerhost"
	"novaflow/saga"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// Bound is how long a test waits for anything.
const Bound = 3 * time.Minute

// Stage is a real engine with a client. Tests share it and keep apart by task
// queue and by workflow id.
type Stage struct {
	*engine.Engine
	client.Client
}

// Run starts an engine that lives as long as the tests of a package, hands it
// to them through into, and returns the exit code for os.Exit.
func Run(m *testing.M, into **Stage) int {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	s, err := open(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "no stage for the tests:", err)
		return 1
	}
	defer func() { s.Close(); _ = s.Stop() }()
	*into = s
	return m.Run()
}

func open(ctx context.Context) (*Stage, error) {
	e, err := engine.Start(ctx, engine.Options{Progress: os.Stderr, NoUI: true})
	if err != nil {
		return nil, err
	}
	return connect(ctx, e)
}

// Queue returns a task queue of a test's own.
func Queue() string { return "test-" + uuid.NewString()[:8] }

// Worker serves a task queue from this process until the test ends. The files for images
// are beside its clouds.yaml.
func (s *Stage) Worker(t testing.TB, queue string, clouds ...string) {
	t.Helper()
	known := activities.NewClouds(clouds...)
	if len(clouds) > 0 {
		known.SetImages(activities.ImageSources{Dir: filepath.Dir(clouds[0])})
	}
	w := workerhost.New(s.Client, workerhost.Options{TaskQueue: queue, Clouds: known})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
}

// Create starts ServerCreate.
func (s *Stage) Create(t testing.TB, queue string, req server.CreateSpec) client.WorkflowRun {
	t.Helper()
	return s.start(t, queue, req.Cloud, req.Name, server.Create.Workflow, req)
}

// Delete starts ServerDelete.
func (s *Stage) Delete(t testing.TB, queue, cloud, name string) client.WorkflowRun {
	t.Helper()
	return s.start(t, queue, cloud, name, server.Delete.Workflow, server.DeleteSpec{RunOptions: spec.RunOptions{Cloud: cloud}, Server: name})
}

// Start starts a workflow that changes a server, under the server's workflow id.
func (s *Stage) Start(t testing.TB, queue, cloud, name, workflow string, req any) client.WorkflowRun {
	t.Helper()
	return s.start(t, queue, cloud, name, workflow, req)
}

func (s *Stage) start(t testing.TB, queue, cloud, name, workflow string, req any) client.WorkflowRun {
	t.Helper()
	run, err := s.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: spec.ServerWorkflowID(cloud, name), TaskQueue: queue, WorkflowTaskTimeout: spec.StepTimeout,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
	}, workflow, req)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// Get waits, with a bound, until a run ends.
func (s *Stage) Get(t testing.TB, run client.WorkflowRun, result any) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Bound)
	defer cancel()
	err := run.Get(ctx, result)
	if ctx.Err() != nil {
		t.Fatalf("run %s did not end within %s: %s", run.GetID(), Bound, s.Ledger(t, run).Tree())
	}
	return err
}

// Ledger asks a run for its ledger.
func (s *Stage) Ledger(t testing.TB, run client.WorkflowRun) *saga.Ledger {
	t.Helper()
	l, err := s.ledger(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s *Stage) ledger(ctx context.Context, run client.WorkflowRun) (*saga.Ledger, error) {
	answer, err := s.QueryWorkflow(ctx, run.GetID(), run.GetRunID(), saga.LedgerQuery)
	if err != nil {
		return nil, err
	}
	l := &saga.Ledger{}
	return l, answer.Get(l)
}

// AwaitTask waits until a task of the run is in a state.
func (s *Stage) AwaitTask(t testing.TB, run client.WorkflowRun, task string, state saga.TaskState) {
	t.Helper()
	Await(t, fmt.Sprintf("task %s to be %s", task, state), func() bool {
		l, err := s.ledger(t.Context(), run)
		return err == nil && l.Entry(task) != nil && l.Entry(task).State == state
	})
}

// Await waits, with a bound, until a level is reached.
func Await(t testing.TB, what string, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(Bound); !reached(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %s for %s", Bound, what)
		}
	}
}
