package saga_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// sight is what the engine, the log and the metrics are told of a run.
type sight struct {
	outboundBase
	quiet
	client.MetricsHandler
	outcomes []string
	errors   []string
	counted  map[string]int64
	options  map[string]workflow.ActivityOptions // by activity id
}

func newSight() *sight {
	return &sight{counted: map[string]int64{}, options: map[string]workflow.ActivityOptions{},
		MetricsHandler: client.MetricsNopHandler}
}

func (s *sight) see(next outbound) outbound { s.Next = next; return s }

func (s *sight) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	a := temporal.NewSearchAttributes(updates...)
	outcome, _ := a.GetKeyword(saga.AttributeOutcome)
	kind, _ := a.GetKeyword(saga.AttributeKind)
	s.outcomes = append(s.outcomes, kind+" "+outcome)
	return s.Next.UpsertTypedSearchAttributes(ctx, updates...)
}

func (s *sight) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	o := workflow.GetActivityOptions(ctx)
	s.options[o.ActivityID] = o
	return s.Next.ExecuteActivity(ctx, activity, args...)
}

func (s *sight) GetLogger(workflow.Context) log.Logger { return s }

func (s *sight) GetMetricsHandler(workflow.Context) client.MetricsHandler { return s }

func (s *sight) Error(message string, _ ...any) { s.errors = append(s.errors, message) }

func (s *sight) WithTags(map[string]string) client.MetricsHandler { return s }

func (s *sight) Counter(name string) client.MetricsCounter { return counter{s.counted, name} }

type counter struct {
	counted map[string]int64
	name    string
}

func (c counter) Inc(n int64) { c.counted[c.name] += n }

// Nobody looks at a run that is STUCK unless a search, the log and an alarm on a metric
// find it, and nobody can help it without reading what it waits for.
func TestAStuckRunIsVisible(t *testing.T) {
	p, s := newPlay(t), newSight()
	p.through(s.see)
	p.fails("make top", -1)
	p.fails("unmake left", 15) // once a minute
	details := ""
	p.env.ExecuteWorkflow(func(ctx workflow.Context) (thing, error) {
		workflow.Go(ctx, func(ctx workflow.Context) {
			require.NoError(t, workflow.Sleep(ctx, 12*time.Minute))
			details = workflow.GetCurrentDetails(ctx)
		})
		return flowOf(simpleDiamond)(ctx)
	})
	require.Equal(t, []string{"diamond RUNNING", "diamond REVERTING", "diamond STUCK", "diamond REVERTED"}, s.outcomes)
	require.EqualValues(t, 1, s.counted["novaflow_runs_stuck"])
	require.Contains(t, s.errors, "run is STUCK")
	require.Contains(t, details, "diamond STUCK: task top failed: no valid host was found")
	require.Contains(t, details, "undo: no valid host was found")
}

// A scope that was undone in time is not STUCK, even if the deadline of its undo
// passes as it ends.
func TestAScopeThatIsUndoneInTimeIsNeverStuck(t *testing.T) {
	p := newPlay(t)
	p.through(withRelentlessTimers)
	p.fails("make b", 1)
	p.faults["make last"] = fault{times: 60, retryable: true} // for a quarter of an hour
	p.commits(scoped(saga.Retrying(saga.Times(2))))
	require.False(t, slices.Contains(p.story(), "STUCK"))
}

// What a task was told to run with must reach the engine, for its undo as well.
func TestOptionsOfATaskAndItsUndoReachTheEngine(t *testing.T) {
	p, s := newPlay(t), newSight()
	p.through(s.see)
	p.fails("make last", -1)
	l := p.run(func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("optional")
		a := saga.Add(f, "a", makes, saga.Value(thing{Name: "a"}), saga.Summary("the first"),
			saga.RunWith(saga.Options{Timeout: time.Hour, HeartbeatTimeout: time.Minute}),
			saga.UndoRunWith(saga.Options{Timeout: 2 * time.Hour, HeartbeatTimeout: 2 * time.Minute,
				TaskQueue: "undoers"}))
		return f, add(f, "last", a)
	})
	do, undo := s.options["a"], s.options["undo a"]
	require.Equal(t, []any{"a: the first", time.Hour, time.Minute},
		[]any{do.Summary, do.StartToCloseTimeout, do.HeartbeatTimeout})
	require.Equal(t, []any{"undo a: the first", 2 * time.Hour, 2 * time.Minute, "undoers"},
		[]any{undo.Summary, undo.StartToCloseTimeout, undo.HeartbeatTimeout, undo.TaskQueue})
	require.True(t, do.WaitForCancellation, "an undo must not begin while its task still runs")
	require.False(t, l.Entry("a").Undone.IsZero())
}
