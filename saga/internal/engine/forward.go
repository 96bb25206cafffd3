package engine

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// startTasks starts every task that may start, in the order of the flow. It
// reports whether any task has changed.
func (r *run) startTasks() (changed bool) {
	for _, i := range r.order {
		if r.canStart(i) {
			r.start(i)
			changed = true
		}
	}
	return changed
}

// canStart applies the rule for going forward. Tasks of a child start with it.
func (r *run) canStart(i int) bool {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	if e.State != ledger.TaskPending && !(e.State == ledger.TaskFailure && t.due) || t.Scope.InChild() != nil {
		return false
	}
	return r.mayStart(i, nil) && !r.stepIsFull()
}

// mayStart reports whether nothing outside of a scope keeps a task from
// starting: neither a person, nor the scopes around, nor what it waits for.
func (r *run) mayStart(i int, within *graph.Scope) bool {
	t := r.tasks[i]
	if r.held && !t.asked || r.end != nil || r.pending >= maxPending {
		return false
	}
	for s := t.Scope; s != nil; s = s.Parent {
		if sr := r.scopes[s.Index]; sr.mode != forward || sr.isFull() && !within.Holds(s) {
			return false
		}
	}
	for _, before := range t.waitTasks {
		if !r.done(before) && !within.Holds(r.tasks[before].Scope) {
			return false
		}
	}
	for _, before := range t.waitScopes {
		if r.scopes[before].open > 0 && !within.Holds(r.scopes[before].scope) {
			return false
		}
	}
	return true
}

// isFull reports whether as many activities are under way in a scope as its maximum
// concurrency allows, in either direction.
func (s *scopeRun) isFull() bool {
	most := s.scope.MaxConcurrent
	return most > 0 && s.running+s.backward >= most
}

// done reports whether what waits for the task may go on.
func (r *run) done(i int) bool {
	s := r.ledger.Tasks[i].State
	return s == ledger.TaskSuccess || s == ledger.TaskSkipped
}

// start skips the task, or arms its undo by moving it to RUNNING, and schedules
// it.
func (r *run) start(i int) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	t.due, t.asked = false, false
	wanted, err := r.wanted(t)
	if err != nil {
		r.mistaken(i, err)
		return
	}
	if !wanted {
		r.skip(i, "its condition does not hold")
		return
	}
	in, err := graph.Try("the function that computes the input", func() (any, error) { return t.Input(r.values) })
	if err == nil {
		e.In, err = json.Marshal(in)
	}
	if err == nil && len(e.In) > ledger.MaxInput {
		err = fmt.Errorf("the input has %d bytes, more than %d: pass a reference to what is large", len(e.In),
			ledger.MaxInput)
		e.In = nil
	}
	if err != nil {
		r.mistaken(i, err)
		return
	}
	r.moveTask(i, ledger.TaskRunning, "")
	e.Started = workflow.Now(r.ctx)
	r.underWay(t, 1)
	var ctx workflow.Context
	ctx, t.cancel = workflow.WithCancel(r.scopes[t.Scope.Index].ctx)
	ctx = workflow.WithActivityOptions(ctx, ActivityOptions(e.ActivityID(), t.Label(), t.DoOptions))
	if t.Lock {
		t.future = r.acquire(ctx, i, in.([]string))
	} else {
		t.future = workflow.ExecuteActivity(ctx, t.Do, t.Argument(in, e.Mark))
	}
	r.pending++
	r.spend(len(e.In) + len(e.Task) + len(e.Mark))
	r.selector.AddFuture(t.future, func(workflow.Future) { r.settle(i) })
	r.watchScopes(t.Scope)
}

// maxPending is how many activities and child workflows are under way at once.
// The engine refuses more than 2,000 of each.
const maxPending = 1000

// mistaken undoes everything because of a mistake in the flow. It asks no policy, as the
// mistake would only happen again. If the run undoes nothing any more, a person decides.
func (r *run) mistaken(i int, err error) {
	e := &r.ledger.Tasks[i]
	r.moveTask(i, ledger.TaskFailure, err.Error())
	e.Error = err.Error()
	if r.forwardOnly() {
		r.askAbout(e)
		return
	}
	r.giveUp(ending{Failure: ledger.Failure{Task: e.Task, Reason: e.Error}})
}

// askAbout sets the run to STUCK because a person has to decide about a failed task.
func (r *run) askAbout(e *ledger.Entry) {
	workflow.GetLogger(r.ctx).Error("run is STUCK", "flow", r.flow.Name, "task", e.Task, "error", e.Error)
	r.enter(ledger.RunStuck)
}

// wanted asks the conditions of the scopes around a task and its own.
func (r *run) wanted(t *taskRun) (bool, error) {
	if wanted, err := r.scopeWanted(t.Scope); err != nil || !wanted || t.When == nil {
		return wanted, err
	}
	return graph.Try("the condition of task "+t.Path, func() (bool, error) { return t.When.Holds(r.values) })
}

// scopeWanted asks the conditions of a scope and of those around it, each once an
// attempt.
func (r *run) scopeWanted(s *graph.Scope) (bool, error) {
	for ; s != nil; s = s.Parent {
		sr := r.scopes[s.Index]
		if s.When != nil && !sr.decided {
			holds, err := graph.Try("the condition of scope "+s.Path,
				func() (bool, error) { return s.When.Holds(r.values) })
			if err != nil {
				return false, err
			}
			sr.decided, sr.skipped = true, !holds
		}
		if sr.skipped {
			return false, nil
		}
	}
	return true, nil
}

// skip passes a task over.
func (r *run) skip(i int, why string) {
	r.moveTask(i, ledger.TaskSkipped, why)
	r.ledger.Tasks[i].Note = why
	r.completed(i)
}

// settle records how a task's activity ended.
func (r *run) settle(i int) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	out, err := t.Result(r.detached, t.future)
	t.future = nil
	t.cancel()
	r.pending--
	r.underWay(t, -1)
	e.Ended = workflow.Now(r.ctx)
	if err == nil && len(out) > ledger.MaxResult {
		r.settleTooLarge(i, len(out))
		return
	}
	if err != nil {
		r.settleFailed(i, reasonOf(err), errorType(err))
		return
	}
	e.Out, e.Error, r.values.Results[t.Slot] = out, "", out
	e.Resources = t.ReadFacts(out).Resources
	r.moveTask(i, ledger.TaskSuccess, "")
	r.completed(i)
	if t.Pivot {
		r.pastPivot = true
		r.pivotedOnTheWayBack(t.Scope)
	}
}

// settleFailed records that a task has failed.
func (r *run) settleFailed(i int, why, kind string) {
	e := &r.ledger.Tasks[i]
	e.Error = why
	r.countCut(i)
	r.moveTask(i, ledger.TaskFailure, why)
	r.failed(i, ledger.Failure{Task: e.Task, Type: kind, Reason: why})
}

// settleTooLarge fails a task whose result is too large to keep. Its effect exists, and
// is undone by its mark. Where nothing is undone any more, a person is to decide: the
// next try would only return the same.
func (r *run) settleTooLarge(i, bytes int) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	why := ledger.ResultTooLarge(bytes)
	if t.Pivot {
		r.pastPivot = true
	}
	if !r.forwardOnly() {
		r.settleFailed(i, why, ledger.ErrTypeTooLarge)
		return
	}
	e.Error = why
	r.countCut(i)
	r.moveTask(i, ledger.TaskFailure, why)
	if t.Pivot {
		r.pivotedOnTheWayBack(t.Scope)
	}
	if r.end == nil {
		r.askAbout(e)
	}
}

// underWay counts the activities that run in the scopes around a task.
func (r *run) underWay(t *taskRun, change int) {
	for s := t.Scope; s != nil; s = s.Parent {
		r.scopes[s.Index].running += change
	}
}

// completed counts a task as done in the scopes around it.
func (r *run) completed(i int) {
	if r.tooLate(i) {
		return
	}
	for s := r.tasks[i].Scope; s != nil; s = s.Parent {
		sr := r.scopes[s.Index]
		if sr.open--; sr.open == 0 && s.Parent != nil && sr.mode == forward {
			sr.cancel() // its deadline
		}
	}
}

// tooLate reports whether a task was done when its scope was already to be undone for its
// next attempt: then that attempt has to do it.
func (r *run) tooLate(i int) bool {
	return r.end == nil && r.halted(r.tasks[i].Scope) != nil
}
