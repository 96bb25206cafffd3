package engine

import (
	"encoding/json"
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// undoTogether undoes the scopes that have one operation for all their tasks,
// once everything outside that depends on them is gone.
func (r *run) undoTogether() (changed bool) {
	for _, s := range r.scopes {
		halted := r.halted(s.scope)
		if s.scope.Together == nil && !s.scope.Child || halted == nil || halted.mode != undoing ||
			s.scope.UndoneTogether(halted.scope) != s.scope {
			continue
		}
		if left := r.undoable(s.scope); len(left) > 0 && r.roomForUndo(s.scope, len(left)) && !r.stepIsFull() {
			r.undoScope(s.scope, r.undoPart(left), halted.cause)
			changed = true
		}
	}
	return changed
}

// maxInChildren is how many tasks children undo at once. Each is started with
// the entries of its tasks, and the engine ends a run by force whose one step has
// more than 4 MiB of them.
const maxInChildren = 1000

// roomForUndo reports whether a scope with so many tasks can be undone now.
func (r *run) roomForUndo(s *graph.Scope, tasks int) bool {
	if s.Together != nil {
		return true
	}
	under := 0
	for _, other := range r.scopes {
		if other.childRun != nil {
			under += len(other.tasks)
		}
	}
	return under == 0 || under+tasks <= maxInChildren
}

// undoable lists the tasks of a scope that are left to undo, or nothing while
// one of them cannot be undone yet.
func (r *run) undoable(s *graph.Scope) (left []int) {
	for _, i := range r.scopes[s.Index].tasks {
		t, e := r.tasks[i], &r.ledger.Tasks[i]
		if !e.Settled() {
			if !r.canUndo(t, e) {
				return nil
			}
			left = append(left, i)
		}
		for _, d := range t.dependents {
			if outside := r.tasks[d]; !s.Contains(outside.Scope) && !outside.gone {
				return nil
			}
		}
	}
	return left
}

// undoPart returns as many tasks of a scope as one call can carry, from the end, so that
// nothing which is left needs them: all of them, as a rule.
func (r *run) undoPart(left []int) []int {
	bytes, all := make(map[int]int, len(left)), 0
	for _, i := range left {
		text, err := json.Marshal(r.ledger.Tasks[i])
		if err != nil {
			return left // as the call will say
		}
		bytes[i] = len(text)
		all += len(text)
	}
	if all <= maxCall {
		return left
	}
	var part []int
	sum := 0
	for _, i := range slices.Backward(r.order) {
		if bytes[i] == 0 {
			continue
		}
		if sum += bytes[i]; sum > ledger.MaxUndo && len(part) > 0 {
			break
		}
		part = append(part, i)
	}
	slices.Sort(part)
	return part
}

// undoScope schedules one attempt at undoing a scope.
func (r *run) undoScope(s *graph.Scope, tasks []int, cause string) {
	ctx, cancel := workflow.WithCancel(r.detached)
	future := r.callUndo(ctx, s, tasks, cause)
	r.pending++
	r.undoUnderWay(s, 1)
	for _, i := range tasks {
		r.spend(undoBytes(&r.ledger.Tasks[i], ""))
		r.tasks[i].future, r.tasks[i].cancel, r.tasks[i].due = future, cancel, false
		if e := &r.ledger.Tasks[i]; e.Undoing.IsZero() {
			e.Undoing = workflow.Now(r.ctx)
		}
		r.moveTask(i, ledger.TaskReverting, "together with scope "+s.Path)
	}
	r.selector.AddFuture(future, func(f workflow.Future) {
		left, err := r.scopeUndone(s, f)
		cancel()
		r.pending--
		r.undoUnderWay(s, -1)
		r.countScopeCut(s, tasks)
		for _, i := range tasks {
			t, e := r.tasks[i], &r.ledger.Tasks[i]
			t.future = nil
			if slices.Contains(left, e.Task) {
				t.waived, e.Note = true, "given up in its child workflow"
				r.settleUndo(i, errors.New(e.Note))
			} else {
				r.settleUndo(i, err)
			}
		}
	})
}

// countScopeCut does what countCut does, for the activity or child workflow that undoes a
// scope. Its id is the id of the scope.
func (r *run) countScopeCut(s *graph.Scope, tasks []int) {
	if cut := func(i int) bool { return r.tasks[i].cut }; slices.ContainsFunc(tasks, cut) {
		r.scopes[s.Index].cut++
	}
	for _, i := range tasks {
		r.tasks[i].cut = false
	}
}

// scopeUndone waits for what undoes a scope. A child workflow also says what a
// person has given up in it.
func (r *run) scopeUndone(s *graph.Scope, f workflow.Future) (left []string, err error) {
	if s.Together != nil {
		return nil, f.Get(r.detached, nil)
	}
	r.scopes[s.Index].childRun = nil
	var done ledger.Reverted
	var app *temporal.ApplicationError
	err = f.Get(r.detached, &done)
	if errors.As(err, &app) && app.Type() == ledger.ErrTypeStopped && app.Details(&done) == nil {
		err = nil
	}
	return done.LeftBehind, err
}

// callUndo calls what undoes a scope: its one operation, or, for a scope that ran
// as a child workflow, another child with a history of its own.
func (r *run) callUndo(ctx workflow.Context, s *graph.Scope, tasks []int, cause string) workflow.Future {
	var entries []ledger.Entry
	for _, i := range tasks {
		e, _ := r.ledger.Tasks[i].WithoutGiven().Fitting()
		entries = append(entries, e)
	}
	id, summary := "undo "+s.Path+ledger.CutSuffix(r.scopes[s.Index].cut), "undo scope "+s.Path
	if s.Together != nil {
		options := s.Together.Options
		options.MaximumAttempts = 0
		call := ledger.ScopeUndo{Scope: s.Path, Run: r.ledger.Run, Tasks: entries, Cause: cause}
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, ActivityOptions(id, summary, options)),
			s.Together.Undo, call)
	}
	for i := range entries {
		entries[i].Earlier = nil // undone before, or given up: the child has no part in it
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:    r.undoChildID(s),
		StaticSummary: summary,
	})
	left := ledger.Ledger{Flow: r.ledger.Flow, Run: r.ledger.Run, State: ledger.RunStopped, Tasks: entries}
	child := workflow.ExecuteChildWorkflow(ctx, ledger.RevertName,
		ledger.RevertInput{Ledger: left, Reason: cause, By: r.ledger.By})
	r.scopes[s.Index].childRun = child
	return child
}
