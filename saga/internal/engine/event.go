package engine

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// notify numbers a transition, keeps it for the archive, and, unless history is
// being replayed, logs it and hands it to the listeners.
func (r *run) notify(e ledger.Event) {
	r.transitions++
	t := transition{Event: e, number: r.transitions, nonce: uint32(r.nonces.Uint64())}
	t.Time = workflow.Now(r.ctx)
	if r.flow.Archiver != nil {
		r.events = append(r.events, t)
	}
	if workflow.IsReplaying(r.ctx) {
		return
	}
	e = r.complete(t)
	workflow.GetLogger(r.ctx).Info("transition", "event", e.ID, "flow", e.Flow, "task", e.Task, "attempt", e.Attempt,
		"from", e.From, "to", e.To, "text", e.Text, "resources", e.Resources, "request", e.RequestID)
	for _, x := range extensionsOf(r.ctx) {
		if x.Listener != nil {
			x.Listener(e)
		}
	}
}

// transition is an event without what all events of a run have in common.
type transition struct {
	ledger.Event
	number int
	nonce  uint32 // the same in every replay, another one on the other side of a reset
}

// complete fills in what all events of a run have in common.
func (r *run) complete(t transition) ledger.Event {
	e, info := t.Event, workflow.GetInfo(r.ctx)
	first := cmp.Or(info.OriginalRunID, info.WorkflowExecution.RunID) // the test environment has no original
	e.ID = fmt.Sprintf("%s/%d-%08x", first, t.number, t.nonce)
	e.Workflow, e.Flow, e.Run = info.WorkflowExecution.ID, r.flow.Name, r.ledger.Run
	return e
}

// moveTask changes the state of a task and notifies listeners of it.
func (r *run) moveTask(i int, to ledger.TaskState, text string) {
	e := &r.ledger.Tasks[i]
	from := e.State
	e.State.Move(to)
	event := ledger.Event{
		Task: e.Task, Attempt: e.Attempt, Mark: e.Mark, From: string(from), To: string(to), Text: text,
		Activity: e.Activity, Resources: e.Resources,
	}
	switch to {
	case ledger.TaskReverting, ledger.TaskReverted, ledger.TaskRevertFailure:
		event.Activity = e.Undo
	case ledger.TaskSuccess:
		event.RequestID = r.tasks[i].ReadFacts(e.Out).RequestID
	}
	r.notify(event)
}
