package history

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga/ledger"
)

// Histories opens the history of a workflow execution from its first event, as
// client.Client.GetWorkflowHistory does.
type Histories func(workflow, run string) client.HistoryEventIterator

// Past is what history says about a run.
type Past struct {
	Ledger *ledger.Ledger
	// Busy has the tasks whose activity may still be at work although the run
	// has ended, because the engine ended it, and when that is certainly over.
	Busy map[string]time.Time
}

// Rebuild rebuilds the ledger of a run from histories alone: its own and those of the
// child workflows that ran its scopes. A nil converter is the SDK's default.
func Rebuild(histories Histories, workflow, run string, dc converter.DataConverter) (*Past, error) {
	if dc == nil {
		dc = converter.GetDefaultDataConverter()
	}
	p := &past{histories: histories, dc: dc, ledger: &ledger.Ledger{State: ledger.RunRunning},
		byMark: map[ledger.Mark]*pastTask{}, current: map[string]*pastTask{}}
	if err := p.read(workflow, run, span{}); err != nil {
		return nil, fmt.Errorf("history of workflow %s, run id %s: %w", workflow, run, err)
	}
	return p.finish(), nil
}

// past is a ledger while it is rebuilt.
type past struct {
	histories Histories
	dc        converter.DataConverter
	ledger    *ledger.Ledger
	tasks     []*pastTask
	byMark    map[ledger.Mark]*pastTask
	current   map[string]*pastTask // the latest attempt at each task, by path
	events    int                  // read so far
	busy      map[string]time.Time // from the run that this one went on with
}

// pastTask is one attempt at a task.
type pastTask struct {
	ledger.Entry
	begun, over moment    // over is zero while an activity is under way
	until       time.Time // when the activity of an ended run is certainly over
}

// moment orders events of several histories.
type moment struct {
	at    time.Time
	event int
}

func (m moment) before(n moment) bool {
	return m.at.Before(n.at) || m.at.Equal(n.at) && m.event < n.event
}

// span is when a child workflow ran by the clock of its parent; to is zero while
// it runs.
type span struct{ from, to time.Time }

// reader reads the history of one execution.
type reader struct {
	*past
	within    span
	last      time.Time
	children  map[int64]*historypb.ChildWorkflowExecutionStartedEventAttributes // by the event that initiated them
	initiated map[int64]time.Time
	scheduled map[int64]*call
	closed    bool
}

// call is one activity.
type call struct {
	tasks   []*pastTask
	undo    bool
	timeout time.Duration
	ended   bool
}

func (p *past) read(workflow, run string, within span) error {
	r := &reader{
		past: p, within: within, initiated: map[int64]time.Time{}, scheduled: map[int64]*call{},
		children: map[int64]*historypb.ChildWorkflowExecutionStartedEventAttributes{},
	}
	for events := p.histories(workflow, run); events.HasNext(); {
		e, err := events.Next()
		if err == nil {
			err = r.event(e)
		}
		if err != nil {
			return err
		}
	}
	if r.child() && !r.closed {
		return fmt.Errorf("child workflow %s still runs: terminate it first", workflow)
	}
	return r.readChildren(r.last)
}

// child reports whether this is the history of a child workflow.
func (r *reader) child() bool { return !r.within.from.IsZero() }

// moment says when an event happened. The clocks of an engine's nodes differ, so what is
// known about the order of events comes first.
func (r *reader) moment(e *historypb.HistoryEvent) moment {
	at := e.GetEventTime().AsTime()
	if at.Before(r.within.from) {
		at = r.within.from
	}
	if !r.within.to.IsZero() && at.After(r.within.to) {
		at = r.within.to
	}
	if at.Before(r.last) {
		at = r.last
	}
	r.last = at
	r.events++
	return moment{at, r.events}
}

// event records what one event says.
func (r *reader) event(e *historypb.HistoryEvent) error {
	at := r.moment(e)
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes:
		return r.started(a.WorkflowExecutionStartedEventAttributes, at)
	case *historypb.HistoryEvent_ActivityTaskScheduledEventAttributes:
		return r.schedule(e, a.ActivityTaskScheduledEventAttributes, at)
	case *historypb.HistoryEvent_ActivityTaskCompletedEventAttributes:
		c := r.scheduled[a.ActivityTaskCompletedEventAttributes.GetScheduledEventId()]
		out, err := r.decode(a.ActivityTaskCompletedEventAttributes.GetResult())
		c.succeed(at, out)
		return err
	case *historypb.HistoryEvent_ActivityTaskFailedEventAttributes:
		f := a.ActivityTaskFailedEventAttributes
		r.scheduled[f.GetScheduledEventId()].fail(at, failureText(f.GetFailure()))
	case *historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes:
		f := a.ActivityTaskTimedOutEventAttributes
		r.scheduled[f.GetScheduledEventId()].fail(at, failureText(f.GetFailure()))
	case *historypb.HistoryEvent_ActivityTaskCanceledEventAttributes:
		r.scheduled[a.ActivityTaskCanceledEventAttributes.GetScheduledEventId()].fail(at, "cancelled")
	default:
		return r.workflowEvent(e, at)
	}
	return nil
}

// workflowEvent records what happened to the workflow and to its children.
func (r *reader) workflowEvent(e *historypb.HistoryEvent, at moment) error {
	switch a := e.GetAttributes().(type) {
	case *historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes:
		return r.locking(a.StartChildWorkflowExecutionInitiatedEventAttributes, at)
	case *historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes:
		c := a.ChildWorkflowExecutionStartedEventAttributes
		switch c.GetWorkflowType().GetName() {
		case ledger.LockName:
			r.locked(c.GetWorkflowExecution().GetWorkflowId(), at)
		case ledger.CarrierName: // says so when it has the lock
		default:
			r.children[c.GetInitiatedEventId()], r.initiated[c.GetInitiatedEventId()] = c, at.at
		}
	case *historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes:
		if id, ok := ledger.ParseCarried(a.WorkflowExecutionSignaledEventAttributes.GetSignalName()); ok {
			r.locked(id, at)
		}
	case *historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes:
		return r.readChild(a.ChildWorkflowExecutionCompletedEventAttributes.GetInitiatedEventId(), at.at)
	case *historypb.HistoryEvent_ChildWorkflowExecutionFailedEventAttributes:
		return r.readChild(a.ChildWorkflowExecutionFailedEventAttributes.GetInitiatedEventId(), at.at)
	case *historypb.HistoryEvent_ChildWorkflowExecutionCanceledEventAttributes:
		return r.readChild(a.ChildWorkflowExecutionCanceledEventAttributes.GetInitiatedEventId(), at.at)
	case *historypb.HistoryEvent_ChildWorkflowExecutionTerminatedEventAttributes:
		return r.readChild(a.ChildWorkflowExecutionTerminatedEventAttributes.GetInitiatedEventId(), at.at)
	case *historypb.HistoryEvent_ChildWorkflowExecutionTimedOutEventAttributes:
		return r.readChild(a.ChildWorkflowExecutionTimedOutEventAttributes.GetInitiatedEventId(), at.at)
	}
	if closings[e.GetEventType()] {
		r.close(e, at.at)
	}
	return nil
}

// closings are the events that end an execution.
var closings = map[enumspb.EventType]bool{
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:        true,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:           true,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:         true,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:       true,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:        true,
	enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: true,
}

// close notes what is still at work when the execution ends.
func (r *reader) close(e *historypb.HistoryEvent, at time.Time) {
	r.closed = true
	for _, c := range r.scheduled {
		for _, t := range c.tasks {
			if !c.ended && !c.undo {
				t.until = at.Add(c.timeout)
			}
		}
	}
	if r.child() {
		return
	}
	l := r.ledger
	l.Ended = at
	failure := e.GetWorkflowExecutionFailedEventAttributes().GetFailure()
	switch kind := failure.GetApplicationFailureInfo().GetType(); {
	case e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED && l.Flow == ledger.RevertName,
		kind == ledger.ErrTypeReverted:
		l.State = ledger.RunReverted
	case e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		l.State = ledger.RunCommitted
	case e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED && l.State == ledger.RunReverting:
		l.State = ledger.RunReverted
	case kind == ledger.ErrTypeStopped, e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		l.State = ledger.RunStopped
	}
	if failure != nil {
		l.Cause = failure.GetMessage()
	}
}

// readChildren reads the children of an execution that were under way when it
// ended.
func (r *reader) readChildren(at time.Time) error {
	var left []int64
	for id := range r.children {
		left = append(left, id)
	}
	slices.Sort(left)
	for _, id := range left {
		if err := r.readChild(id, at); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) readChild(initiated int64, to time.Time) error {
	c := r.children[initiated]
	if c == nil {
		return nil
	}
	delete(r.children, initiated)
	x := c.GetWorkflowExecution()
	if err := r.past.read(x.GetWorkflowId(), x.GetRunId(), span{r.initiated[initiated], to}); err != nil {
		return fmt.Errorf("child workflow %s: %w", x.GetWorkflowId(), err)
	}
	return nil
}

// attemptOf splits a mark or an activity id into the number at its end and what stands
// before it.
func attemptOf(s string) (name string, attempt int) {
	s, _, _ = strings.Cut(s, " (") // see ActivityID
	name, number, ok := strings.Cut(s, "#")
	attempt, err := strconv.Atoi(number)
	if !ok || err != nil {
		return s, 1
	}
	return name, attempt
}

// dropNull returns a result or an input, or nil if there is none.
func dropNull(v json.RawMessage) json.RawMessage {
	if len(v) == 0 || string(v) == "null" {
		return nil
	}
	return v
}
