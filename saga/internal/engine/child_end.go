package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// scopeInput collects what a scope needs to run elsewhere.
func (r *run) scopeInput(s *graph.Scope) ScopeInput {
	c := ScopeInput{
		Scope: s.Path, Run: r.ledger.Run, Input: r.flow.Input,
		Attempts: map[string]int{}, Results: map[string]json.RawMessage{},
		Project: r.ledger.Project, By: r.ledger.By, Reason: r.ledger.Reason, PastPivot: r.pastPivot,
	}
	whole := r.flow.All()
	for _, i := range r.scopes[s.Index].tasks {
		if n := r.ledger.Tasks[i].Attempt; n > 1 {
			c.Attempts[r.tasks[i].Path] = n
		}
		for _, n := range whole.Tasks[r.tasks[i].Slot].AllNeeds() {
			if out := r.values.Results[n.Task]; out != nil {
				c.Results[whole.Tasks[n.Task].Path] = out
			}
		}
	}
	for i, other := range whole.Scopes {
		if n := r.values.Attempts[i]; n > 1 {
			c.Attempts[other.Path+"/"] = n
		}
	}
	return c
}

// settleChild records how a child ended, and copies its ledger if it succeeded.
func (r *run) settleChild(sr *scopeRun, tasks []int, f workflow.Future) {
	sr.childRun, sr.stop = nil, nil
	r.pending--
	r.underWay(r.tasks[tasks[0]], -1)
	var entries []ledger.Entry
	if err := f.Get(r.detached, &entries); err != nil {
		r.childFailed(sr, tasks, err)
		return
	}
	said := make(map[string]*ledger.Entry, len(entries))
	for i := range entries {
		said[entries[i].Task] = &entries[i]
	}
	was := r.pastPivot
	for _, i := range tasks {
		if child := said[r.tasks[i].Path]; child != nil {
			r.takeOver(i, child)
		} else {
			r.mistaken(i, fmt.Errorf("the child workflow of scope %s does not know the task: its worker has another "+
				"version of the flow", sr.scope.Path))
		}
	}
	if r.pastPivot && !was {
		r.pivotedInChild(sr.scope)
	}
}

// pivotedInChild ends the run where it is if it learns that there is no way back when it
// is about to go back.
func (r *run) pivotedInChild(s *graph.Scope) {
	if back := r.halted(s); back != nil {
		r.stopPastPivot(ledger.Failure{Reason: back.cause})
	}
}

// childFailed records that a child has reverted its part, except for what it says it left
// behind. A child that was killed says nothing: all it did is left.
func (r *run) childFailed(sr *scopeRun, tasks []int, err error) {
	failure, left, used, stays := childFailure(sr.scope.Path, err)
	sr.failed = []int{tasks[0]}
	for _, i := range tasks {
		e := &r.ledger.Tasks[i]
		e.Ended, e.Error, e.Attempt = workflow.Now(r.ctx), failure.Reason, max(e.Attempt, used[e.Task])
		if e.Task == failure.Task {
			sr.failed = []int{i}
		}
		r.moveTask(i, ledger.TaskFailure, e.Error)
		r.moveTask(i, ledger.TaskReverting, "in child workflow")
		if left == nil || slices.Contains(left, e.Task) {
			e.Note = "left behind by its child workflow: " + failure.Reason
			r.moveTask(i, ledger.TaskAbandoned, e.Note)
		} else {
			r.moveTask(i, ledger.TaskReverted, "in child workflow")
		}
	}
	if stays {
		r.stopPastPivot(failure)
	}
	switch {
	case r.end != nil || r.halted(sr.scope) != nil || r.ctx.Err() != nil:
	case r.forwardOnly():
		r.after(r.detached, SlowestRetry, "before trying again: scope "+sr.scope.Path, func() { r.renewFailed(sr) })
	default:
		r.escalate(sr.scope, failure)
	}
}

// stopPastPivot ends the run where it is, because a child was ended that had passed the
// point of no return.
func (r *run) stopPastPivot(f ledger.Failure) {
	r.pastPivot = true
	switch e := r.end; {
	case e == nil && r.ctx.Err() == nil:
		r.giveUp(ending{Failure: f, keep: true})
	case e != nil && !e.keep:
		r.giveUp(ending{Failure: e.Failure, canceled: e.canceled, keep: true})
	}
}

// renewFailed begins a scope anew whose child has failed.
func (r *run) renewFailed(sr *scopeRun) {
	if len(sr.failed) > 0 && r.end == nil && r.halted(sr.scope) == nil {
		r.renew(sr)
	}
}

// takeOver copies what a child says of a task.
func (r *run) takeOver(i int, child *ledger.Entry) {
	e := &r.ledger.Tasks[i]
	e.In, e.Out, e.Given, e.Mark, e.Attempt, e.Note = child.In, child.Out, child.Given, child.Mark, child.Attempt,
		child.Note
	e.Earlier = append(e.Earlier, child.Earlier...)
	e.Started, e.Ended = child.Started, child.Ended
	e.Resources, r.values.Results[r.tasks[i].Slot] = child.Resources, child.Out
	if child.State == ledger.TaskSkipped {
		r.moveTask(i, ledger.TaskFailure, "")
		r.skip(i, child.Note)
		return
	}
	r.moveTask(i, ledger.TaskSuccess, "")
	r.pastPivot = r.pastPivot || r.tasks[i].Pivot
	r.completed(i)
}

// closeChild does what close does, for a part of a run. The run has to know about the
// part also when it was cancelled.
func (r *run) closeChild() error {
	err := r.close()
	if r.end.canceled {
		return temporal.NewCanceledError(r.end.Reason, r.end.detail(r.ledger), attemptsOf(r.ledger))
	}
	return err
}

// childFailure returns why a child failed, in the words of its failed task; what it left
// behind (nil if nobody knows); the attempts it has used up; and whether it was past the
// point of no return.
func childFailure(scope string, err error) (f ledger.Failure, left []string, used map[string]int, stays bool) {
	var app *temporal.ApplicationError
	var canceled *temporal.CanceledError
	var detail ledger.Reverted
	var why string
	switch {
	case errors.As(err, &canceled) && canceled.Details(&why, &detail, &used) == nil:
		return ledger.Failure{Task: detail.Task, Reason: detail.Cause}, append([]string{}, detail.LeftBehind...), used,
			detail.PastPivot
	case errors.As(err, &app) && (app.Details(&detail, &used) == nil || app.Details(&detail) == nil) &&
		detail.Cause != "":
		return ledger.Failure{Task: detail.Task, Type: detail.Type, Reason: detail.Cause},
			append([]string{}, detail.LeftBehind...), used, detail.PastPivot
	case temporal.IsCanceledError(err), app != nil && app.Type() == ledger.ErrTypeInvalidFlow:
		left = []string{} // it was reverted, or never begun
	}
	return ledger.Failure{Task: scope, Type: errorType(err), Reason: reasonOf(err)}, left, nil, false
}

// childOf returns the scope whose child workflow has a task, or nil.
func (r *run) childOf(i int) *scopeRun {
	if s := r.tasks[i].Scope.InChild(); s != nil && r.scopes[s.Index].childRun != nil {
		return r.scopes[s.Index]
	}
	return nil
}

// failedChild returns the scope whose child workflow failed because of a task, or nil.
func (r *run) failedChild(i int) *scopeRun {
	if s := r.tasks[i].Scope.InChild(); s != nil && slices.Contains(r.scopes[s.Index].failed, i) {
		return r.scopes[s.Index]
	}
	return nil
}

// anyChild reports whether a child workflow is under way.
func (r *run) anyChild() bool {
	return slices.ContainsFunc(r.scopes, func(s *scopeRun) bool { return s.childRun != nil })
}

// passOn sends the children what an operator requested of the run: all of them, or the
// one that has the task.
func (r *run) passOn(q ledger.Request) {
	only := (*scopeRun)(nil)
	if q.Task != "" {
		if only = r.childOf(r.find(q.Task)); only == nil {
			return
		}
	}
	for _, s := range r.scopes {
		if s.childRun != nil && (only == nil || s == only) {
			s.childRun.SignalChildWorkflow(r.detached, string(q.Verb), q)
		}
	}
}
