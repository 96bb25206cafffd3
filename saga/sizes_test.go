package saga_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// scales weigh what a run sends between two timers. In the test environment a step of
// the run ends at a timer.
type scales struct {
	outboundBase
	now, most *int
	timers    *[]string
}

func (s *scales) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	text, _ := json.Marshal(args)
	*s.now += len(text)
	*s.most = max(*s.most, *s.now)
	return s.Next.ExecuteActivity(ctx, activity, args...)
}

func (s *scales) NewTimerWithOptions(ctx workflow.Context, d time.Duration, o workflow.TimerOptions) workflow.Future {
	*s.now = 0
	*s.timers = append(*s.timers, o.Summary)
	return s.Next.NewTimerWithOptions(ctx, d, o)
}

// weigh puts scales between the run and the engine, and returns the largest weight and
// the timers.
func (p *play) weigh() (most *int, timers *[]string) {
	now := 0
	most, timers = new(int), new([]string)
	p.through(func(next outbound) outbound { return &scales{outboundBase{Next: next}, &now, most, timers} })
	return most, timers
}

// ends plays a flow to its end, which has a text in its error, or none. It does not ask
// for the ledger, which may be too large for an answer.
func (p *play) ends(text string, build func() (*saga.Flow, saga.Ref[thing])) {
	p.t.Helper()
	p.env.SetTestTimeout(20 * time.Second)
	p.env.ExecuteWorkflow(flowOf(build))
	require.True(p.t, p.env.IsWorkflowCompleted())
	if text == "" {
		require.NoError(p.t, p.env.GetWorkflowError())
		return
	}
	require.ErrorContains(p.t, p.env.GetWorkflowError(), text)
}

// heavy is a flow of many ready tasks with an input of so many bytes each, and a last one.
func heavy(tasks, bytes int, options ...saga.FlowOption) func() (*saga.Flow, saga.Ref[thing]) {
	return func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("heavy")
		scope := f.Scope("in", options...)
		var all []saga.Dependency
		for i := range tasks {
			all = append(all, saga.Add(scope, fmt.Sprint("t", i), makes,
				saga.Value(thing{Name: fmt.Sprint("t", i), With: strings.Repeat("x", bytes)})))
		}
		return f, saga.Add(f, "last", makes, saga.Value(thing{Name: "last"}), saga.After(all...))
	}
}

// stepMost is the most that one step may send: the budget, and what goes over it.
const stepMost = 1<<20 + 512<<10 + 64<<10

// The engine terminates a run that sends more than 4 MiB in one step. Ten inputs of
// 500 KB did.
func TestAStepOfReadyTasksStaysWithinItsBudget(t *testing.T) {
	p := newPlay(t)
	most, timers := p.weigh()
	p.ends("", heavy(10, 500_000))
	require.Len(t, p.things, 11)
	require.LessOrEqual(t, *most, stepMost)
	require.Contains(t, *timers, "the next step")
}

// An undo carries the input and the result: the way back did not fit where the way
// forward did.
func TestAStepOfUndosStaysWithinItsBudget(t *testing.T) {
	p := newPlay(t)
	most, _ := p.weigh()
	p.fails("make last", -1)
	p.ends("no valid host", heavy(20, 300_000))
	require.Empty(t, p.things)
	require.LessOrEqual(t, *most, stepMost)
}

// Histories of runs that fit in one step must replay.
func TestARunThatFitsInOneStepHasNoFurtherTimer(t *testing.T) {
	p := newPlay(t)
	_, timers := p.weigh()
	p.fails("make last", -1)
	p.reverts("no valid host", heavy(20, 1000))
	require.NotContains(t, *timers, "the next step")
}

// MaxConcurrent bounded the way forward only: a scope of 2 had all undos at once.
func TestMaxConcurrentBoundsUndosToo(t *testing.T) {
	p := newPlay(t)
	p.fails("make last", -1)
	p.reverts("no valid host", heavy(9, 10, saga.MaxConcurrent(2)))
	now, most := 0, 0
	for _, event := range p.story() {
		switch _, to, _ := strings.Cut(event, " "); to {
		case "REVERTING":
			now++
			most = max(most, now)
		case "REVERTED":
			now--
		}
	}
	require.Equal(t, 2, most)
}

// Swell creates a resource and returns a result that is larger than the limit.
func (w *world) Swell(_ context.Context, i saga.Intent[thing]) (thing, error) {
	w.make(i)
	if w.fault("swell "+i.In.Name).times != 0 {
		return i.In, nil
	}
	return thing{Name: i.In.Name, With: strings.Repeat("x", 600<<10)}, nil
}

// The undo of a task with a large input and a larger result could never be sent.
func TestAResultOverTheLimitFailsItsTaskWhichIsUndoneByMark(t *testing.T) {
	p := newPlay(t)
	l := p.reverts("task big failed: the result has 614424 bytes, and 524288 are the most", swelling())
	require.Nil(t, l.Entry("big").Out)
	require.Equal(t, saga.TaskReverted, l.Entry("big").State)
}

// swelling is a flow whose second task has a result over the limit.
func swelling(options ...saga.TaskOption) func() (*saga.Flow, saga.Ref[thing]) {
	return func() (*saga.Flow, saga.Ref[thing]) {
		f := saga.NewFlow("swelling", saga.Deadline(time.Minute))
		base := add(f, "base")
		swells := saga.Do(worldOf.Swell).UndoneBy(worldOf.Unmake)
		return f, saga.Add(f, "big", swells, saga.Value(thing{Name: "big"}), append(options, saga.After(base))...)
	}
}

// A pivot whose result is too large has succeeded in the world: nothing may be undone.
func TestAPivotWithAResultOverTheLimitWaitsForAPerson(t *testing.T) {
	p := newPlay(t)
	p.at(2*time.Minute, func() {
		require.Equal(t, saga.RunStuck, ledger(t, p.env).State)
		p.refused("the result does not fit task big: it has 600014 bytes", saga.VerbSkip, saga.Request{Task: "big",
			Reason: "too large too", Result: json.RawMessage(`{"name":"` + strings.Repeat("x", 600_003) + `"}`)})
		p.tell(saga.VerbSkip, saga.Request{Task: "big", Reason: "by hand", Result: json.RawMessage(`{"name":"big"}`)})
	})
	p.commits(swelling(saga.Pivot()))
	require.Len(t, p.things, 2)
	require.Len(t, p.with("make big"), 1, "a person is asked at once")
}

// One call that undoes a scope was refused for its size, again and again: the run was
// blocked with all that it had created.
func TestAScopeThatIsUndoneTogetherIsUndoneInParts(t *testing.T) {
	p := newPlay(t)
	p.fails("make last", -1)
	p.ends("no valid host", heavy(20, 100_000, saga.UndoneTogether(worldOf.UnmakeAll, saga.Options{})))
	require.Empty(t, p.things)
	require.Len(t, p.with("unmake all of in"), 4)
}

// The query failed with the SDK's words, which do not say what to do.
func TestALedgerThatIsTooLargeForAQueryNamesTheQueryOfItsParts(t *testing.T) {
	p := newPlay(t)
	p.ends("", heavy(10, 150_000))
	_, err := p.env.QueryWorkflow(saga.LedgerQuery)
	require.ErrorContains(t, err, `the query "record" returns it in parts`)
}
