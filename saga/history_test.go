package saga_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"novaflow/saga"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

// script writes the history of a workflow, one event a second.
type script struct {
	t      require.TestingT
	events []*historypb.HistoryEvent
	clock  time.Time
	ids    map[string]int64 // of what was scheduled, by activity id
	dc     converter.DataConverter
}

func newScript(t require.TestingT, kind string, input any) *script {
	s := &script{t: t, clock: noon, ids: map[string]int64{}, dc: converter.GetDefaultDataConverter()}
	s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
				WorkflowType: &commonpb.WorkflowType{Name: kind}, FirstExecutionRunId: "run-1",
				Input: s.payloads(input),
			}}})
	return s
}

func (s *script) payloads(v any) *commonpb.Payloads {
	p, err := s.dc.ToPayloads(v)
	require.NoError(s.t, err)
	return p
}

func (s *script) add(kind enumspb.EventType, e *historypb.HistoryEvent) int64 {
	s.clock = s.clock.Add(time.Second)
	e.EventId, e.EventType, e.EventTime = int64(len(s.events)+1), kind, timestamppb.New(s.clock)
	s.events = append(s.events, e)
	return e.EventId
}

func (s *script) schedule(id, activity string, arg any) {
	s.ids[id] = s.add(enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
			ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
				ActivityId: id, ActivityType: &commonpb.ActivityType{Name: activity}, Input: s.payloads(arg),
				StartToCloseTimeout: durationpb.New(2 * time.Minute),
			}}})
}

func mark(task string, attempt int) saga.Mark {
	return saga.Mark(fmt.Sprintf("%s%s#%d", saga.RunPrefix("run-1"), task, attempt))
}

// begin schedules an attempt at a task.
func (s *script) begin(task string, attempt int) {
	s.schedule(activityID(task, attempt), "Make",
		saga.Intent[thing]{Task: task, Mark: mark(task, attempt), Undo: "Unmake", In: thing{Name: task}})
}

func activityID(task string, attempt int) string {
	if attempt == 1 {
		return task
	}
	return fmt.Sprintf("%s#%d", task, attempt)
}

// undo schedules the undo of an attempt.
func (s *script) undo(task string, attempt int) {
	s.schedule("undo "+activityID(task, attempt), "Unmake",
		saga.Undo[thing, thing]{Task: task, Mark: mark(task, attempt), Cause: "no host"})
}

// done completes what was scheduled under an id.
func (s *script) done(id string, result any) {
	s.add(enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
			ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{ScheduledEventId: s.ids[id], Result: s.payloads(result)}}})
}

func (s *script) fail(id, why string) {
	s.add(enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{
			ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{ScheduledEventId: s.ids[id],
				Failure: &failurepb.Failure{Message: why}}}})
}

// whole is a task from begin to end.
func (s *script) whole(task string) { s.begin(task, 1); s.done(task, thing{Name: task}) }

func (s *script) terminate() *script {
	s.add(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED, &historypb.HistoryEvent{})
	return s
}

// recording lets a script be read as client.HistoryEventIterator.
type recording struct{ left []*historypb.HistoryEvent }

func (r *recording) HasNext() bool { return len(r.left) > 0 }

func (r *recording) Next() (*historypb.HistoryEvent, error) {
	e := r.left[0]
	r.left = r.left[1:]
	return e, nil
}

// read rebuilds the ledger of the first script; the others are its children, by
// run id.
func read(s *script, children map[string]*script) (*saga.Past, error) {
	return saga.LedgerFromHistory(func(_, run string) client.HistoryEventIterator {
		if c := children[run]; c != nil {
			return &recording{c.events}
		}
		return &recording{s.events}
	}, "w", "run-1", nil)
}

func mustRead(t require.TestingT, s *script, children map[string]*script) *saga.Past {
	p, err := read(s, children)
	require.NoError(t, err)
	return p
}

func TestTheLedgerOfATerminatedRunIsInItsHistory(t *testing.T) {
	s := newScript(t, "ServerCreate", nil)
	s.schedule("request", "Look", "which image")
	s.done("request", thing{Name: "request"})
	s.begin("left", 1)
	s.begin("right", 1)
	s.done("left", thing{Name: "left"})
	s.done("right", thing{Name: "right"})
	s.begin("top", 1)
	s.terminate()
	p := mustRead(t, s, nil)
	l := p.Ledger
	require.Equal(t, []string{"request=SUCCESS", "left=SUCCESS", "right=SUCCESS", "top=RUNNING"}, states(l))
	require.Equal(t, []string{"left", "right", "top"}, l.Owed())
	require.Equal(t, "run-1", l.Run)
	require.Equal(t, saga.RunRunning, l.State)
	top := l.Entry("top")
	require.Equal(t, mark("top", 1), top.Mark)
	require.Equal(t, "Unmake", top.Undo)
	require.Equal(t, []string{"left", "right"}, top.Needs)
	require.Equal(t, []string{"request"}, l.Entry("right").Needs, "left had not ended when right began")
	require.JSONEq(t, `{"name":"top"}`, string(top.In))
	require.Nil(t, top.Out)
	require.JSONEq(t, `{"name":"left"}`, string(l.Entry("left").Out))
	require.Equal(t, map[string]time.Time{"top": s.clock.Add(2 * time.Minute)}, p.Busy)
}

func TestUndosInHistoryCount(t *testing.T) {
	s := newScript(t, "ServerCreate", nil)
	s.whole("a")
	s.whole("b")
	s.whole("c")
	s.begin("d", 1)
	s.fail("d", "no host")
	s.undo("d", 1)
	s.done("undo d", nil)
	s.schedule("undo in", "UnmakeAll",
		saga.ScopeUndo{Scope: "in", Run: "run-1", Cause: "no host", Tasks: []saga.Entry{{Mark: mark("c", 1)}}})
	s.done("undo in", nil)
	s.undo("b", 1)
	s.fail("undo b", "volume is in use")
	s.undo("b", 1)
	p := mustRead(t, s.terminate(), nil)
	require.Equal(t, []string{"a=SUCCESS", "b=REVERTING", "c=REVERTED", "d=REVERTED"}, states(p.Ledger))
	require.Equal(t, []string{"a", "b"}, p.Ledger.Owed())
	require.Equal(t, saga.RunReverting, p.Ledger.State)
	require.Equal(t, "no host", p.Ledger.Cause)
	require.Equal(t, "no host", p.Ledger.Entry("d").Error)
	require.Equal(t, "volume is in use", p.Ledger.Entry("b").UndoError)
	require.Empty(t, p.Busy, "an undo at work does no harm")
}

func TestEarlierAttemptsInHistory(t *testing.T) {
	s := newScript(t, "Kind", nil)
	s.begin("a", 1)
	s.fail("a", "zone one is full")
	s.undo("a", 1)
	s.done("undo a", nil)
	s.begin("b", 1)
	s.fail("b", "full")
	s.undo("b", 1) // and a person gave it up
	s.fail("undo b", "refused")
	s.begin("a", 2)
	s.done("a#2", thing{Name: "a"})
	s.begin("b", 2)
	p := mustRead(t, s.terminate(), nil)
	require.Equal(t, []string{"b#1=REVERT_FAILURE", "a=SUCCESS", "b=RUNNING"}, states(p.Ledger))
	a := p.Ledger.Entry("a")
	require.Equal(t, 2, a.Attempt)
	require.Equal(t, []saga.Attempt{{Number: 1, Mark: mark("a", 1), State: saga.TaskReverted,
		Error: "zone one is full"}}, a.Earlier)
	require.Equal(t, mark("b", 1), p.Ledger.Entry("b#1").Mark, "what was not undone is still owed")
}

// A person had a failed task tried again: the same attempt, scheduled twice.
func TestATaskThatWasTriedAgainIsOneTask(t *testing.T) {
	s := newScript(t, "Kind", nil)
	s.begin("a", 1)
	s.fail("a", "no")
	s.begin("a", 1)
	s.done("a", thing{Name: "a"})
	require.Equal(t, []string{"a=SUCCESS"}, states(mustRead(t, s.terminate(), nil).Ledger))
}

func TestScopesInChildWorkflowsAreReadToo(t *testing.T) {
	s := newScript(t, "Kind", nil)
	s.whole("base")
	s.add(enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
		&historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
			ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
				InitiatedEventId:  99,
				WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "w/in#1", RunId: "child"},
			}}})
	child := newScript(t, "Kind/scope", nil)
	child.clock = noon // its clock is late: nothing in it can have begun before base had ended
	child.whole("in/a")
	child.whole("in/b")
	_, err := read(s, map[string]*script{"child": child})
	require.ErrorContains(t, err, "child workflow w/in#1 still runs")
	child.begin("in/c", 1)
	child.terminate()
	s.clock = child.clock.Add(time.Minute)
	l := mustRead(t, s.terminate(), map[string]*script{"child": child})
	require.Equal(t, []string{"base=SUCCESS", "in/a=SUCCESS", "in/b=SUCCESS", "in/c=RUNNING"}, states(l.Ledger))
	require.Equal(t, []string{"base"}, l.Ledger.Entry("in/a").Needs)
	require.Contains(t, l.Busy, "in/c")
}

// Without it, a run whose code is gone would be reverted past its point of no return.
func TestPivotsAreInHistory(t *testing.T) {
	p := newPlay(t)
	var intent saga.Intent[thing]
	p.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, args converter.EncodedValues) {
		if info.ActivityID == "pivot" {
			require.NoError(t, args.Get(&intent))
		}
	})
	p.commits(pivoted)
	s := newScript(t, "Kind", nil)
	s.schedule("pivot", "Make", intent)
	s.done("pivot", thing{})
	require.ErrorContains(t, mustRead(t, s.terminate(), nil).Ledger.Revertible(), "past its point of no return")
}

// A revert may be terminated too: the next one goes on where it was.
func TestTheHistoryOfARevertGoesOnFromItsLedger(t *testing.T) {
	first := newScript(t, "Kind", nil)
	first.whole("a")
	first.whole("b")
	s := newScript(t, saga.RevertName,
		saga.RevertInput{Ledger: *mustRead(t, first.terminate(), nil).Ledger, Reason: "not wanted"})
	s.undo("b", 1)
	s.done("undo b", nil)
	l := mustRead(t, s.terminate(), nil).Ledger
	require.Equal(t, []string{"a=SUCCESS", "b=REVERTED"}, states(l))
	require.Equal(t, []string{"a"}, l.Entry("b").Needs)
	require.Equal(t, saga.RunReverting, l.State)
}

// Without its codec every intent would look like something that only looks, and
// nothing would be undone.
func TestAHistoryThatCannotBeReadIsAnError(t *testing.T) {
	s := newScript(t, "Kind", nil)
	s.whole("a")
	for _, p := range s.events[1].GetActivityTaskScheduledEventAttributes().GetInput().GetPayloads() {
		p.Metadata["encoding"] = []byte("binary/encrypted")
	}
	_, err := read(s, nil)
	require.ErrorContains(t, err, "give the codec with which the workers wrote it")
}

func TestHowARunEndedIsInItsHistory(t *testing.T) {
	failed := func(kind string) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{
			WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{Failure: &failurepb.Failure{
				Message: "why", FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: kind}},
			}}}}
	}
	for name, c := range map[string]struct {
		kind string
		by   enumspb.EventType
		e    *historypb.HistoryEvent
		want saga.RunState
	}{
		"committed": {"Kind", enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, &historypb.HistoryEvent{},
			saga.RunCommitted},
		"taken back": {saga.RevertName, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
			&historypb.HistoryEvent{}, saga.RunReverted},
		"reverted": {"Kind", enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, failed(saga.ErrTypeReverted),
			saga.RunReverted},
		"stopped": {"Kind", enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, failed(saga.ErrTypeStopped),
			saga.RunStopped},
		"cancelled, only forward": {"Kind", enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, &historypb.HistoryEvent{},
			saga.RunStopped},
		"timed out": {"Kind", enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, &historypb.HistoryEvent{},
			saga.RunRunning},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, c.kind, saga.RevertInput{})
			if c.kind != saga.RevertName {
				s.whole("a")
			}
			s.add(c.by, c.e)
			require.Equal(t, c.want, mustRead(t, s, nil).Ledger.State)
		})
	}
}

// A task must need, through others or by itself, exactly those that had ended
// when it was scheduled.
func TestNeedsFromHistoryAreThoseThatHadEnded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newScript(t, "Kind", nil)
		before := map[string][]string{}
		var running, ended []string
		for n := range rapid.IntRange(1, 60).Draw(t, "events") {
			if len(running) > 0 && rapid.Bool().Draw(t, "end") {
				i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
				s.done(running[i], thing{})
				ended, running = append(ended, running[i]), slices.Delete(running, i, i+1)
				continue
			}
			task := fmt.Sprintf("t%d", n)
			before[task] = slices.Clone(ended)
			s.begin(task, 1)
			running = append(running, task)
		}
		l := mustRead(t, s, nil).Ledger
		for _, e := range l.Tasks {
			all := map[string]bool{}
			var visit func(name string)
			visit = func(name string) {
				for _, need := range l.Entry(name).Needs {
					all[need] = true
					visit(need)
				}
			}
			visit(e.Task)
			require.Len(t, all, len(before[e.Task]), "%s needs %v", e.Task, all)
			for _, name := range before[e.Task] {
				require.True(t, all[name])
			}
		}
	})
}

// What history says must suffice to take the run back.
func TestALedgerFromHistoryCanBeTakenBack(t *testing.T) {
	w := newWorld()
	s := newScript(t, "Kind", nil)
	for _, name := range []string{"a", "b", "c"} {
		s.whole(name)
		w.things[mark(name, 1)] = name
	}
	s.begin("d", 1)
	w.things[mark("d", 1)] = "d"
	p := mustRead(t, s.terminate(), nil)
	back(t, w).takeBack(saga.RevertInput{Ledger: *p.Ledger, Busy: p.Busy})
	require.Empty(t, w.things)
	w.requireOrder(t, "unmake d", "unmake c", "unmake b", "unmake a")
	_, err := json.Marshal(p.Ledger)
	require.NoError(t, err)
}

// The options of an undo are in the intent, and nowhere else in history.
func TestOptionsOfUndosAreInHistory(t *testing.T) {
	s := newScript(t, "Web", nil)
	hour := saga.Options{Timeout: time.Hour}
	s.schedule("a", "Make", saga.Intent[thing]{Task: "a", Mark: mark("a", 1), Undo: "Unmake", UndoOptions: &hour})
	s.begin("b", 1)
	l := mustRead(t, s.terminate(), nil).Ledger
	require.Equal(t, &hour, l.Entry("a").UndoOptions)
	require.Nil(t, l.Entry("b").UndoOptions)
}
