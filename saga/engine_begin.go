package saga

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// newLedger is the ledger of a run that has done nothing.
func newLedger(f *Flow, run string, now time.Time) *Ledger {
	l := &Ledger{Flow: f.name, Run: run, State: RunPending, OnFailure: f.onFailure, Started: now, Deadline: now.Add(f.deadline)}
	for _, t := range f.tasks {
		e := Entry{
			Task: t.path, Summary: t.summary, State: TaskPending, Activity: t.do, Undo: t.undo, NoUndo: t.noUndo,
			Pivot: t.pivot, UndoOptions: t.undoOptions(), Attempt: 1, Mark: ledger.NewMark(run, t.path, 1),
		}
		for _, n := range t.allNeeds() {
			e.Needs = append(e.Needs, f.tasks[n.task].path)
		}
		l.Tasks = append(l.Tasks, e)
	}
	for _, s := range f.scopes {
		l.Scopes = append(l.Scopes, ScopeInfo{Scope: s.path, Attempt: 1})
	}
	return l
}

// RunID is the id of the run that executes in ctx. It is the id of the first
// execution in the workflow's chain, which resets and continue-as-new keep.
func RunID(ctx workflow.Context) string {
	info := workflow.GetInfo(ctx)
	if info.FirstRunID != "" {
		return info.FirstRunID
	}
	return info.WorkflowExecution.RunID // the test environment has no chain
}
