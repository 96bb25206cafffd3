//go:build e2e

package test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/test/stage"
)

// estate is what the flows of these tests build, and where they can be stopped.
type estate struct {
	stopAt  string        // id of the activity that waits for goOn
	fails   string        // task that has its effect and then fails for good
	reached chan struct{} // closed when that activity has begun
	goOn    chan struct{}

	mu    sync.Mutex
	stand map[saga.Mark]string
	once  sync.Once
}

type building struct {
	Name string `json:"name"`
}

func newEstate(stopAt, fails string) *estate {
	return &estate{stopAt: stopAt, fails: fails, reached: make(chan struct{}), goOn: make(chan struct{}),
		stand: map[saga.Mark]string{}}
}

// pass holds an activity at the point at which the run is to be stopped.
func (e *estate) pass(ctx context.Context) {
	if activity.GetInfo(ctx).ActivityID == e.stopAt {
		e.once.Do(func() { close(e.reached) })
		<-e.goOn
	}
}

// Build is the activity of all tasks of the released flow.
func (e *estate) Build(ctx context.Context, i saga.Intent[building]) (building, error) {
	e.pass(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stand[i.Mark] = i.In.Name
	if i.Task == e.fails {
		return building{}, temporal.NewNonRetryableApplicationError("forced by the test", "Forced", nil)
	}
	return i.In, nil
}

// Raze undoes Build.
func (e *estate) Raze(ctx context.Context, u saga.Undo[building, building]) error {
	e.pass(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.stand, u.Mark)
	return nil
}

// Erect is what a changed task does instead.
func (e *estate) Erect(ctx context.Context, i saga.Intent[building]) (building, error) {
	return e.Build(ctx, i)
}

// Demolish undoes Erect.
func (e *estate) Demolish(ctx context.Context, u saga.Undo[building, building]) error {
	return e.Raze(ctx, u)
}

// names lists what stands.
func (e *estate) names() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Values(e.stand))
}

var (
	build = saga.Do((*estate)(nil).Build).UndoneBy((*estate)(nil).Raze)
	erect = saga.Do((*estate)(nil).Erect).UndoneBy((*estate)(nil).Demolish)
)

type part = saga.Ref[building]

func add(f *saga.Flow, name string, a saga.Action[building, building], after ...saga.Dependency) part {
	return saga.Add(f, name, a, saga.Value(building{name}), saga.After(after...))
}

// released builds the flow with which the runs begin.
func released(f *saga.Flow) part {
	ground := add(f, "ground", build)
	walls, well := add(f, "walls", build, ground), add(f, "well", build, ground)
	return add(f, "keys", build, add(f, "roof", build, walls), well)
}

// changes are the six ways in which TaskFlow says that a flow can differ from the
// one that a run began with
// (https://docs.openstack.org/taskflow/latest/user/resumption.html).
var changes = map[string]func(f *saga.Flow) part{
	"the same": released,
	"a task is added": func(f *saga.Flow) part {
		ground := add(f, "ground", build)
		garden := add(f, "garden", build, ground)
		walls, well := add(f, "walls", build, garden), add(f, "well", build, ground)
		return add(f, "keys", build, add(f, "roof", build, walls), well)
	},
	"a task is removed": func(f *saga.Flow) part {
		walls := add(f, "walls", build, add(f, "ground", build))
		return add(f, "keys", build, add(f, "roof", build, walls))
	},
	"a task is changed": func(f *saga.Flow) part {
		ground := add(f, "ground", build)
		walls, well := add(f, "walls", erect, ground), add(f, "well", build, ground)
		return add(f, "keys", build, add(f, "roof", build, walls), well)
	},
	"a task is split": func(f *saga.Flow) part {
		ground := add(f, "ground", build)
		walls, well := add(f, "walls", build, ground), add(f, "well", build, ground)
		return add(f, "keys", build, add(f, "tiles", build, add(f, "beams", build, walls)), well)
	},
	"tasks are reordered": func(f *saga.Flow) part {
		well := add(f, "well", build)
		walls := add(f, "walls", build, add(f, "ground", build, well))
		return add(f, "keys", build, add(f, "roof", build, walls))
	},
}

type estateSpec struct {
	Today bool `json:"today"`
}

// estateWorkflow runs the released flow and, where its spec says so, today's.
func estateWorkflow(today func(*saga.Flow) part, wanted func(workflow.Context) bool) func(workflow.Context,
	estateSpec) (building, error) {
	flow := saga.Define("estate", func(spec estateSpec) (*saga.Flow, part) {
		f := saga.NewFlow("estate")
		if spec.Today {
			return f, today(f)
		}
		return f, released(f)
	})
	return func(ctx workflow.Context, spec estateSpec) (building, error) {
		spec.Today = wanted(ctx)
		return flow.Run(ctx, spec)
	}
}

// The released code, today's as docs/upgrading.md says, and today's as it does not.
func releasedCode(func(*saga.Flow) part) func(workflow.Context, estateSpec) (building, error) {
	return estateWorkflow(nil, func(workflow.Context) bool { return false })
}

func gatedCode(today func(*saga.Flow) part) func(workflow.Context, estateSpec) (building, error) {
	return estateWorkflow(today, func(ctx workflow.Context) bool {
		return workflow.GetVersion(ctx, "todays-estate", workflow.DefaultVersion, 1) >= 1
	})
}

func ungatedCode(today func(*saga.Flow) part) func(workflow.Context, estateSpec) (building, error) {
	return estateWorkflow(today, func(workflow.Context) bool { return true })
}

const estateName = "Estate"

// site is an estate with the workers that serve it.
type site struct {
	*estate
	queue string
	code  worker.Worker // the one that runs the workflow's code
}

func newSite(t *testing.T, stopAt, fails string) *site {
	s := &site{estate: newEstate(stopAt, fails), queue: stage.Queue()}
	hands := worker.New(theStage.Client, s.queue, worker.Options{DisableWorkflowWorker: true})
	hands.RegisterActivity(s.estate)
	require.NoError(t, hands.Start())
	t.Cleanup(hands.Stop)
	return s
}

// takeOver replaces the worker by one with this code.
func (s *site) takeOver(t *testing.T, code any) {
	t.Helper()
	if s.code != nil {
		s.code.Stop()
	}
	s.code = worker.New(theStage.Client, s.queue,
		worker.Options{LocalActivityWorkerOnly: true, StickyScheduleToStartTimeout: 100 * time.Millisecond})
	s.code.RegisterWorkflowWithOptions(code, workflow.RegisterOptions{Name: estateName})
	require.NoError(t, s.code.Start())
	t.Cleanup(s.code.Stop)
}

func (s *site) start(t *testing.T) client.WorkflowRun {
	t.Helper()
	run, err := theStage.ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: "estate-" + uuid.NewString(), TaskQueue: s.queue}, estateName, estateSpec{})
	require.NoError(t, err)
	return run
}

// stops lists the activities of a whole run of the released code, and of a run whose last
// task fails. A run can be stopped at each.
func stops(t *testing.T, fails string) (ids []string, history *historypb.History) {
	t.Helper()
	s := newSite(t, "", fails)
	s.takeOver(t, releasedCode(nil))
	run := s.start(t)
	require.Equal(t, fails != "", theStage.Get(t, run, nil) != nil)
	history = historyOf(t, run)
	for _, e := range history.Events {
		if e.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
			ids = append(ids, e.GetActivityTaskScheduledEventAttributes().GetActivityId())
		}
	}
	return ids, history
}

// A run that the released code started goes on with today's code, wherever it was stopped
// and whatever the change. It commits as it was started. When it fails afterwards,
// nothing is left, not even of a task that today's flow does not have. TaskFlow ignores
// the results of tasks that are gone, and so leaves what they created.
func TestRunsUnderWayGoOnWithTodaysFlow(t *testing.T) {
	whole := []string{"ground", "keys", "roof", "walls", "well"}
	for _, fails := range []string{"", "keys"} {
		points, _ := stops(t, fails)
		require.GreaterOrEqual(t, len(points), len(whole))
		for change, today := range changes {
			for _, point := range points {
				t.Run(change+"/"+strings.TrimSpace(fails+" fails")+"/stopped at "+point, func(t *testing.T) {
					t.Parallel()
					s := newSite(t, point, fails)
					s.takeOver(t, releasedCode(nil))
					run := s.start(t)
					select {
					case <-s.reached:
					case <-time.After(stage.Bound):
						t.Fatal("the run did not get to " + point)
					}
					s.takeOver(t, gatedCode(today))
					close(s.goOn)
					err := theStage.Get(t, run, nil)
					if fails == "" {
						require.NoError(t, err)
						require.Equal(t, whole, s.names())
						return
					}
					require.ErrorContains(t, err, "forced by the test")
					require.Empty(t, s.names(), "residue")
				})
			}
		}
	}
}

// A gate that no run passes proves nothing. Runs that begin today take today's flow.
func TestNewRunsTakeTodaysFlow(t *testing.T) {
	for change, today := range changes {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			f := saga.NewFlow("estate")
			today(f)
			for _, fails := range []string{"", "keys"} {
				s := newSite(t, "", fails)
				s.takeOver(t, gatedCode(today))
				err := theStage.Get(t, s.start(t), nil)
				if fails == "" {
					require.NoError(t, err)
					require.Len(t, s.names(), len(f.Tasks()))
					continue
				}
				require.ErrorContains(t, err, "forced by the test")
				require.Empty(t, s.names(), "residue")
			}
		})
	}
}

// The replay of recorded histories must find every change without a gate, and no change
// with one.
func TestReplayTellsChangesWithoutAGate(t *testing.T) {
	for _, fails := range []string{"", "keys"} {
		_, history := stops(t, fails)
		for change, today := range changes {
			t.Run(change+" "+fails, func(t *testing.T) {
				require.NoError(t, replays(history, gatedCode(today)))
				err := replays(history, ungatedCode(today))
				require.Equal(t, change == "the same", err == nil, "%v", err)
			})
		}
	}
}

// replays plays a history, cut after each workflow task, with this code.
func replays(history *historypb.History, code any) error {
	for i, e := range history.Events {
		if e.EventType != enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED && i != len(history.Events)-1 {
			continue
		}
		r := worker.NewWorkflowReplayer()
		r.RegisterWorkflowWithOptions(code, workflow.RegisterOptions{Name: estateName})
		if err := r.ReplayWorkflowHistory(config.Silent(),
			&historypb.History{Events: history.Events[:i+1]}); err != nil {
			return err
		}
	}
	return nil
}
