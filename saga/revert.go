package saga

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// giveUp takes everything back that was begun and returns the error that the
// workflow ends with. A forward-only run just stops.
func (r *run) giveUp(why failure) error {
	r.ledger.Cause = why.String()
	if r.flow.forwardOnly != "" {
		r.enter(RunStopped)
		return why.end(r.ledger)
	}
	r.enter(RunReverting)
	r.revert()
	r.enter(RunReverted)
	return why.end(r.ledger)
}

// revert undoes tasks in reverse order of dependency, independent ones in
// parallel, until none is left. It runs on a context that cancellation does not
// reach, and it does not return before everything is undone.
func (r *run) revert() {
	ctx, cancel := workflow.NewDisconnectedContext(r.ctx)
	defer cancel() // the timer
	u := &undoing{run: r, ctx: ctx, events: workflow.NewNamedSelector(ctx, "undo"), waits: make([]int, len(r.flow.tasks))}
	u.watchDeadline()
	for i := range r.flow.tasks {
		u.waits[i] = len(r.dependents[i])
	}
	for i := len(r.flow.tasks) - 1; i >= 0; i-- {
		if len(r.dependents[i]) == 0 {
			u.ready = append(u.ready, i)
		}
	}
	for u.startReady(); u.left > 0; u.startReady() {
		r.describe()
		u.events.Select(ctx)
	}
}

// undoing is the state of a revert.
type undoing struct {
	*run
	ctx    workflow.Context
	events workflow.Selector
	waits  []int // how many dependents of a task are not undone yet
	ready  []int
	left   int // undos under way
}

// watchDeadline makes the run STUCK when the revert takes too long.
func (u *undoing) watchDeadline() {
	timer := workflow.NewTimerWithOptions(u.ctx, u.flow.undoDeadline, workflow.TimerOptions{Summary: "deadline of the revert"})
	u.events.AddFuture(timer, func(timer workflow.Future) {
		if timer.Get(u.ctx, nil) == nil {
			u.enter(RunStuck)
		}
	})
}

// startReady undoes every task whose dependents are gone. A task that was not
// begun, or has no undo, is passed over.
func (u *undoing) startReady() {
	for len(u.ready) > 0 {
		i := u.ready[0]
		u.ready = u.ready[1:]
		e := &u.ledger.Tasks[i]
		if e.Started.IsZero() || e.Undo == "" {
			u.passed(i)
			continue
		}
		u.left++
		e.Undoing = workflow.Now(u.ctx)
		u.undo(i)
	}
}

// passed releases the tasks that waited for a task to be gone.
func (u *undoing) passed(i int) {
	for _, need := range u.flow.tasks[i].needs {
		if u.waits[need]--; u.waits[need] == 0 {
			u.ready = append(u.ready, need)
		}
	}
}

// undo schedules one attempt at a task's undo; the engine retries it without
// limit.
func (u *undoing) undo(i int) {
	t, e := u.flow.tasks[i], &u.ledger.Tasks[i]
	move(taskMoves, &e.State, TaskReverting)
	options := t.undoOpts
	options.Attempts = 0
	ctx := workflow.WithActivityOptions(u.ctx, activityOptions("undo "+t.name, "undo "+t.label(), options))
	call := Undo[json.RawMessage, json.RawMessage]{Task: e.Task, Mark: e.Mark, In: e.In, Cause: u.ledger.Cause}
	if e.Out != nil {
		call.Out = &e.Out
	}
	future := workflow.ExecuteActivity(ctx, e.Undo, call)
	u.events.AddFuture(future, func(f workflow.Future) { u.settle(i, f.Get(u.ctx, nil)) })
}

// settle records how an undo ended. An undo that declared itself impossible to
// retry is tried again all the same, slowly: only a person may give up on it.
func (u *undoing) settle(i int, err error) {
	e := &u.ledger.Tasks[i]
	if err == nil {
		move(taskMoves, &e.State, TaskReverted)
		e.Undone, e.UndoError = workflow.Now(u.ctx), ""
		u.left--
		u.passed(i)
		return
	}
	move(taskMoves, &e.State, TaskRevertFailure)
	e.UndoError = reason(err)
	workflow.GetLogger(u.ctx).Error("undo failed and will be tried again", "task", e.Task, "mark", e.Mark, "error", e.UndoError)
	pause := workflow.NewTimerWithOptions(u.ctx, slowestRetry, workflow.TimerOptions{Summary: fmt.Sprintf("before trying again: undo %s", e.Task)})
	u.events.AddFuture(pause, func(workflow.Future) { u.undo(i) })
}
