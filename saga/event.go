package saga

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Event is one transition of a task or of a run.
type Event struct {
	// ID is unique to the transition, and the same in the log, for listeners and
	// in the archive. A worker that dies between telling a listener and recording
	// the step tells it again with the same ID: drop doubles by it. What a reset
	// repeats is another transition.
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	Workflow string    `json:"workflow"`
	Flow     string    `json:"flow"`
	Run      string    `json:"run"`
	Task     string    `json:"task,omitempty"` // path; "" for the run itself
	Attempt  int       `json:"attempt,omitempty"`
	Mark     Mark      `json:"mark,omitempty"`
	From     string    `json:"from"`           // a TaskState or a RunState
	To       string    `json:"to"`             // another, or the Verb that a person gave
	Text     string    `json:"text,omitempty"` // the error, the cause or a person's reason
	By       string    `json:"by,omitempty"`   // who gave the verb

	Activity  string   `json:"activity,omitempty"`  // of a task: what carries the transition out
	Resources []string `json:"resources,omitempty"` // of a task: see Entry
	Request   string   `json:"request,omitempty"`   // of a task that succeeded: see Requested
}

// Listener is told of every transition of every run on a worker, once, and not
// again when history is replayed. It must be quick, must not fail, and must not
// touch the workflow.
type Listener func(Event)

// tell numbers a transition, keeps it for the archive, and, unless history is
// being replayed, logs it and hands it to the listeners.
func (r *run) tell(e Event) {
	r.told++
	t := transition{Event: e, number: r.told, nonce: uint32(r.nonces.Uint64())}
	t.Time = workflow.Now(r.ctx)
	if r.flow.archiver != nil {
		r.events = append(r.events, t)
	}
	if workflow.IsReplaying(r.ctx) {
		return
	}
	e = r.complete(t)
	workflow.GetLogger(r.ctx).Info("transition", "event", e.ID, "flow", e.Flow, "task", e.Task, "attempt", e.Attempt, "from", e.From, "to", e.To, "text", e.Text, "resources", e.Resources, "request", e.Request)
	for _, x := range extensions(r.ctx) {
		if x.listener != nil {
			x.listener(e)
		}
	}
}

// transition is an event without what all events of a run have in common.
type transition struct {
	Event
	number int
	nonce  uint32 // the same in every replay, another one on the other side of a reset
}

// complete is the event that people are told.
func (r *run) complete(t transition) Event {
	e, info := t.Event, workflow.GetInfo(r.ctx)
	first := cmp.Or(info.OriginalRunID, info.WorkflowExecution.RunID) // the test environment has no original
	e.ID = fmt.Sprintf("%s/%d-%08x", first, t.number, t.nonce)
	e.Workflow, e.Flow, e.Run = info.WorkflowExecution.ID, r.flow.name, r.ledger.Run
	return e
}

// moveTask changes the state of a task and tells it.
func (r *run) moveTask(i int, to TaskState, text string) {
	e := &r.ledger.Tasks[i]
	from := e.State
	e.State.Move(to)
	told := Event{
		Task: e.Task, Attempt: e.Attempt, Mark: e.Mark, From: string(from), To: string(to), Text: text,
		Activity: e.Activity, Resources: e.Resources,
	}
	switch to {
	case TaskReverting, TaskReverted, TaskRevertFailure:
		told.Activity = e.Undo
	case TaskSuccess:
		told.Request = r.tasks[i].about(e.Out).request
	}
	r.tell(told)
}
