package engine

import (
	"encoding/json"
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// undoTasks undoes every task that may be undone now: what depends on it is
// gone. One pass against the order sees each dependent before the task. It
// reports whether any task has changed.
func (r *run) undoTasks() (changed bool) {
	if !r.anyUndoing() {
		return false
	}
	for _, i := range slices.Backward(r.order) {
		t, e := r.tasks[i], &r.ledger.Tasks[i]
		t.gone = true
		for _, d := range t.dependents {
			t.gone = t.gone && r.tasks[d].gone
		}
		halted := r.halted(t.Scope)
		if t.gone && halted != nil && halted.mode == undoing && t.Scope.UndoneTogether(halted.scope) == nil &&
			r.canUndo(t, e) && !r.stepIsFull() {
			r.undo(i, halted.cause)
			changed = true
		}
		t.gone = t.gone && e.Settled()
	}
	return r.undoTogether() || changed
}

// canUndo applies the rule for going back, except for the order.
func (r *run) canUndo(t *taskRun, e *ledger.Entry) bool {
	if e.Settled() || t.future != nil || r.pending >= maxPending {
		return false
	}
	switch e.State {
	case ledger.TaskSuccess, ledger.TaskFailure, ledger.TaskSkipped:
	case ledger.TaskRevertFailure:
		if !t.due {
			return false
		}
	default:
		return false
	}
	for s := t.Scope; s != nil; s = s.Parent {
		if r.scopes[s.Index].isFull() {
			return false
		}
	}
	return true
}

// undoUnderWay counts the undos that run in a scope and in those around it.
func (r *run) undoUnderWay(s *graph.Scope, change int) {
	for ; s != nil; s = s.Parent {
		r.scopes[s.Index].backward += change
	}
}

// anyUndoing reports whether a scope is being undone.
func (r *run) anyUndoing() bool {
	for _, s := range r.scopes {
		if s.mode == undoing {
			return true
		}
	}
	return false
}

// halted returns the outermost scope around s that does not go forward, or nil.
func (r *run) halted(s *graph.Scope) (out *scopeRun) {
	for ; s != nil; s = s.Parent {
		if sr := r.scopes[s.Index]; sr.mode != forward {
			out = sr
		}
	}
	return out
}

// undo schedules one attempt at a task's undo; the engine retries it without
// limit.
func (r *run) undo(i int, cause string) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	t.due = false
	r.moveTask(i, ledger.TaskReverting, "")
	if e.Undoing.IsZero() {
		e.Undoing = workflow.Now(r.ctx)
	}
	options := t.UndoOptions
	options.MaximumAttempts = 0
	var ctx workflow.Context
	ctx, t.cancel = workflow.WithCancel(r.detached)
	ctx = workflow.WithActivityOptions(ctx, ActivityOptions("undo "+e.ActivityID(), "undo "+t.Label(), options))
	// the undo does not need what a person created in place of a result
	sent, omitted := e.WithoutGiven().Fitting()
	call := ledger.Undo[json.RawMessage, json.RawMessage]{Task: e.Task, Mark: e.Mark, In: sent.In, Omitted: omitted,
		Cause: cause}
	if sent.Out != nil {
		call.Out = &sent.Out
	}
	t.future = workflow.ExecuteActivity(ctx, e.Undo, call)
	r.pending++
	r.undoUnderWay(t.Scope, 1)
	r.spend(undoBytes(&sent, cause))
	r.selector.AddFuture(t.future, func(f workflow.Future) {
		t.future = nil
		r.pending--
		r.undoUnderWay(t.Scope, -1)
		t.cancel()
		r.settleUndo(i, f.Get(r.detached, nil))
	})
}

// settleUndo records how an undo ended. An undo that declared itself impossible to retry
// is tried again all the same, slowly: only an operator may give up on it.
func (r *run) settleUndo(i int, err error) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	r.countCut(i)
	switch {
	case err == nil:
		e.Undone, e.UndoError = workflow.Now(r.ctx), ""
		r.moveTask(i, ledger.TaskReverted, "")
	case t.waived:
		r.moveTask(i, ledger.TaskAbandoned, e.Note)
	case t.due: // a person wants it tried now
		r.moveTask(i, ledger.TaskRevertFailure, "tried again now")
	default:
		e.UndoError = reasonOf(err)
		r.moveTask(i, ledger.TaskRevertFailure, e.UndoError)
		workflow.GetLogger(r.ctx).Error("undo failed and will be tried again", "task", e.Task, "mark", e.Mark, "error",
			e.UndoError)
		r.tryLater(i, "before trying again: undo "+e.Task)
	}
}

// cutShort ends the undo of a task that is under way, which may be begun again, or the
// pause before the next try.
func (r *run) cutShort(i int) {
	t := r.tasks[i]
	t.cut = t.future != nil
	t.cancel()
}

// countCut notes that an activity of a task that was cut short has ended.
func (r *run) countCut(i int) {
	if t := r.tasks[i]; t.cut {
		t.cut = false
		r.ledger.Tasks[i].Cut++
	}
}

// tryLater sets a task due after a pause, or when a person asks for it.
func (r *run) tryLater(i int, what string) {
	t := r.tasks[i]
	var ctx workflow.Context
	ctx, t.cancel = workflow.WithCancel(r.detached)
	r.after(ctx, SlowestRetry, what, func() { t.due = true })
}

// watchUndo sets the run to STUCK when a revert takes too long.
func (r *run) watchUndo(s *scopeRun) {
	ctx, cancel := workflow.WithCancel(r.detached)
	s.ctx, s.cancel = ctx, cancel
	r.after(ctx, r.flow.UndoDeadline, "deadline of the revert", func() {
		if s.mode != undoing {
			return
		}
		workflow.GetMetricsHandler(r.ctx).Counter("novaflow_runs_stuck").Inc(1)
		workflow.GetLogger(r.ctx).Error("run is STUCK", "flow", r.flow.Name, "left", fmt.Sprint(pendingUndo(r.ledger)))
		if !r.held { // then people are asked already
			r.enter(ledger.RunStuck)
		}
	})
}

// pendingUndo lists the tasks that are begun and not undone.
func pendingUndo(l *ledger.Ledger) (names []string) {
	for _, e := range l.Tasks {
		if !e.Settled() {
			names = append(names, e.Task)
		}
	}
	return names
}
