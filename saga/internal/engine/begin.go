package engine

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// newLedger creates the ledger of a run that has done nothing.
func newLedger(f *graph.Flow, run string, now time.Time) *ledger.Ledger {
	l := &ledger.Ledger{Flow: f.Name, Run: run, State: ledger.RunPending, OnFailure: f.OnFailure, Started: now,
		Deadline: now.Add(f.Deadline)}
	for _, t := range f.Tasks {
		e := ledger.Entry{
			Task: t.Path, Summary: t.Summary, State: ledger.TaskPending, Activity: t.Do, Undo: t.Undo, NoUndo: t.NoUndo,
			Pivot: t.Pivot, UndoOptions: t.RecordedUndoOptions(), Attempt: 1, Mark: ledger.NewMark(run, t.Path, 1),
		}
		for _, n := range t.AllNeeds() {
			e.Needs = append(e.Needs, f.Tasks[n.Task].Path)
		}
		l.Tasks = append(l.Tasks, e)
	}
	for _, s := range f.Scopes {
		l.Scopes = append(l.Scopes, ledger.ScopeInfo{Scope: s.Path, Attempt: 1})
	}
	return l
}

// RunID returns the id of the run that executes in ctx. It is the id of the first
// execution in the workflow's chain, which resets and continue-as-new keep.
func RunID(ctx workflow.Context) string {
	info := workflow.GetInfo(ctx)
	if info.FirstRunID != "" {
		return info.FirstRunID
	}
	return info.WorkflowExecution.RunID // the test environment has no chain
}

// leaveOut skips the tasks that are not part of the run.
func (r *run) leaveOut() {
	for i, t := range r.tasks {
		switch {
		case t.Swapped:
			r.skip(i, "swapped out")
		case t.Excluded:
			r.skip(i, "not needed by what this run is for")
		}
	}
}
