package engine

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// Revert runs a flow whose tasks are all begun, and which gives up at once.
func Revert(ctx workflow.Context, in ledger.RevertInput, undo ledger.Options, f *graph.Flow,
	problem error) (ledger.Reverted, error) {
	err := in.Ledger.Revertible()
	var entries []ledger.Entry
	if err == nil {
		entries, err = ledger.SortByNeeds(in.Ledger.Tasks)
	}
	if err != nil {
		return ledger.Reverted{}, temporal.NewNonRetryableApplicationError(err.Error(), ledger.ErrTypeInvalidFlow, nil)
	}
	if problem != nil {
		return ledger.Reverted{},
			temporal.NewNonRetryableApplicationError(problem.Error(), ledger.ErrTypeInvalidFlow, nil)
	}
	addReverted(f, entries, undo)
	f.RevertCause = in.Cause()
	r, err := beginRun(ctx, f, RunID(ctx))
	if err != nil {
		return ledger.Reverted{}, err
	}
	owed := r.owe(entries, in)
	if r.locks.missing = in.Ledger.Locks(); len(r.locks.missing) > 0 {
		r.locks.owner = r.whichExecution()
	}
	r.giveUp(ending{Failure: ledger.Failure{Reason: in.Cause()}})
	r.loop()
	r.archivePast(in)
	err = r.close()
	if r.end.keep {
		return ledger.Reverted{}, err
	}
	return ledger.Reverted{Cause: in.Cause(), Undone: keepCommon(r.ledger.Undone(), owed),
		LeftBehind: r.ledger.LeftBehind()}, nil
}

// archivePast has the record archived of the run that this one has reverted. It has no
// events: no listener got them.
func (r *run) archivePast(in ledger.RevertInput) {
	if r.flow.Archiver == nil || in.Unarchived == "" {
		return
	}
	a := ledger.Archive{Workflow: workflow.GetInfo(r.ctx).WorkflowExecution.ID, Execution: in.Unarchived,
		Part: max(in.Part, 1), Parts: max(in.Parts, 1), Ledger: in.Ledger}
	a.Ledger.Tasks = slices.Clone(in.Ledger.Tasks)
	for i := range a.Ledger.Tasks {
		a.Ledger.Tasks[i].In = nil // it is in history, and may be large
	}
	if err := r.sendArchive(ledger.ArchiveName+" of the run", a, workflow.Now(r.ctx).Add(archiveWithin)); err != nil {
		workflow.GetLogger(r.ctx).Error("the reverted run is not archived", "execution", in.Unarchived,
			"error", err)
	}
}

// addReverted adds the tasks of a ledger to a flow, without the parts that only a run
// forward needs.
func addReverted(f *graph.Flow, entries []ledger.Entry, undo ledger.Options) {
	f.Deadline = 0 // it ends when everything is undone
	index := map[string]int{}
	for i, e := range entries {
		t := &graph.Task{
			Path: e.Task, Scope: &f.Scope, Summary: e.Summary, Do: e.Activity, Undo: e.Undo, NoUndo: e.NoUndo,
			UndoOptions: e.UndoOptions.Over(undo),
			ReadFacts:   graph.NoFacts,
		}
		for _, name := range e.Needs {
			if n, ok := index[name]; ok {
				t.Needs = graph.MergeNeeds(t.Needs, []graph.Need{{Task: n}})
			}
		}
		index[e.Task] = i
		f.Tasks = append(f.Tasks, t)
	}
}

// owe enters the past of the tasks into the ledger and returns those that are to
// be undone.
func (r *run) owe(entries []ledger.Entry, in ledger.RevertInput) (owed []string) {
	now := workflow.Now(r.ctx)
	r.ledger.Deadline, r.ledger.By, r.ledger.Reason = time.Time{}, in.By, in.Reason
	r.ledger.Requests = []ledger.Request{{Verb: ledger.VerbRevert, Reason: in.Reason, By: in.By, Time: now}}
	for i, past := range entries {
		e := &r.ledger.Tasks[i]
		*e = ledger.Owing(past)
		if !e.IsOwed() {
			continue
		}
		owed = append(owed, e.Task)
		if until := in.Busy[e.Task]; until.After(now) {
			r.undoAfter(i, until.Sub(now), until)
		}
	}
	return owed
}

// undoAfter lets a task's undo wait as if it had failed once, so that a person
// can have it tried now or skip it.
func (r *run) undoAfter(i int, d time.Duration, until time.Time) {
	t, e := r.tasks[i], &r.ledger.Tasks[i]
	e.State = ledger.TaskRevertFailure
	e.UndoError = "not before " + until.UTC().Format(time.RFC3339) +
		": an attempt of the run that was ended may be at work until then"
	var ctx workflow.Context
	ctx, t.cancel = workflow.WithCancel(r.detached)
	r.after(ctx, d, "until the last attempt at "+e.Task+" is over", func() { t.due = true })
}

// keepCommon keeps of a those that are in b too.
func keepCommon(a, b []string) []string {
	return slices.DeleteFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
