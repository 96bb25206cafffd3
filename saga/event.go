package saga

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Event is one transition of a task or of a run.
type Event struct {
	// ID is unique to the transition. A worker that dies between telling a
	// listener and recording the step tells it again with the same ID: drop
	// doubles by it.
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	Workflow string    `json:"workflow"`
	Flow     string    `json:"flow"`
	Run      string    `json:"run"`
	Task     string    `json:"task,omitempty"` // path; "" for the run itself
	Attempt  int       `json:"attempt,omitempty"`
	Mark     Mark      `json:"mark,omitempty"`
	From     string    `json:"from"` // a TaskState or a RunState
	To       string    `json:"to"`
	Text     string    `json:"text,omitempty"` // the error, the cause or a person's reason
}

// Listener is told of every transition of every run on a worker, once, and not
// again when history is replayed. It must be quick, must not fail, and must not
// touch the workflow.
type Listener func(Event)

// tell numbers a transition and, unless history is being replayed, logs it and
// hands it to the listeners.
func (r *run) tell(e Event) {
	r.events++
	if workflow.IsReplaying(r.ctx) {
		return
	}
	info := workflow.GetInfo(r.ctx)
	e.ID = fmt.Sprintf("%s/%d", info.WorkflowExecution.RunID, r.events)
	e.Time, e.Workflow = workflow.Now(r.ctx), info.WorkflowExecution.ID
	e.Flow, e.Run = r.flow.name, r.ledger.Run
	workflow.GetLogger(r.ctx).Info("transition", "event", e.ID, "flow", e.Flow, "task", e.Task, "attempt", e.Attempt, "from", e.From, "to", e.To, "text", e.Text)
	for _, x := range extensions(r.ctx) {
		if x.listener != nil {
			x.listener(e)
		}
	}
}

// moveTask changes the state of a task and tells it.
func (r *run) moveTask(i int, to TaskState, text string) {
	e := &r.ledger.Tasks[i]
	from := e.State
	move(taskMoves, &e.State, to)
	r.tell(Event{Task: e.Task, Attempt: e.Attempt, Mark: e.Mark, From: string(from), To: string(to), Text: text})
}
