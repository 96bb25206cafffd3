package saga

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// RegisterRevert registers the workflow that takes back runs which have ended,
// of whatever flow: it needs the activities of the ledger's undos, and no other
// code. The options are those of undos where their task had none of its own.
//
// Everything that was begun and not undone is undone, also what a person gave up
// before, but for attempts before the last one: of those the ledger has the marks and
// no more. It goes as in a run: against the order of dependency, in parallel
// where independent, for as long as it takes, with the query [LedgerQuery], the
// same verbs, and STUCK when it takes too long. The result is a [Reverted]. Of
// the flow's options ArchivedBy and UndoDeadline have a use here.
func RegisterRevert(r worker.WorkflowRegistry, undo Options, options ...FlowOption) {
	revert := func(ctx workflow.Context, in RevertInput) (Reverted, error) {
		f := NewFlow(RevertKind, options...)
		return revertRun(ctx, in, undo, f.graph, errors.Join(f.problems...))
	}
	r.RegisterWorkflowWithOptions(revert, workflow.RegisterOptions{Name: RevertName})
}

// revertRun runs a flow whose tasks are all begun, and which gives up at once.
func revertRun(ctx workflow.Context, in RevertInput, undo Options, f *graph.Flow, problem error) (Reverted, error) {
	err := in.Ledger.Revertible()
	var entries []Entry
	if err == nil {
		entries, err = ledger.SortByNeeds(in.Ledger.Tasks)
	}
	if err != nil {
		return Reverted{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, nil)
	}
	if problem != nil {
		return Reverted{}, temporal.NewNonRetryableApplicationError(problem.Error(), ErrTypeInvalidFlow, nil)
	}
	addReverted(f, entries, undo)
	f.RevertCause = in.Cause()
	r, err := begin(ctx, f, RunID(ctx))
	if err != nil {
		return Reverted{}, err
	}
	owed := r.owe(entries, in)
	if r.locks.missing = in.Ledger.Locks(); len(r.locks.missing) > 0 {
		r.locks.owner = r.whichExecution()
	}
	r.giveUp(ending{Failure: Failure{Reason: in.Cause()}})
	r.loop()
	r.archivePast(in)
	err = r.close()
	if r.end.keep {
		return Reverted{}, err
	}
	return Reverted{Cause: in.Cause(), TakenBack: intersect(r.ledger.TakenBack(), owed), LeftBehind: r.ledger.LeftBehind()}, nil
}

// archivePast has the record archived of the run that this one has taken back. It
// has no events: nobody was told them.
func (r *run) archivePast(in RevertInput) {
	if r.flow.Archiver == nil || in.Unarchived == "" {
		return
	}
	a := Archive{Workflow: workflow.GetInfo(r.ctx).WorkflowExecution.ID, Execution: in.Unarchived, Part: max(in.Part, 1), Parts: max(in.Parts, 1), Ledger: in.Ledger}
	a.Ledger.Tasks = slices.Clone(in.Ledger.Tasks)
	for i := range a.Ledger.Tasks {
		a.Ledger.Tasks[i].In = nil // it is in history, and may be large
	}
	if err := r.tellArchive(ledger.ArchiveName+" of the run", a, workflow.Now(r.ctx).Add(archiveWithin)); err != nil {
		workflow.GetLogger(r.ctx).Error("the run that was taken back is not archived", "execution", in.Unarchived, "error", err)
	}
}

// addReverted adds the tasks of a ledger to a flow, without what makes them run
// forward.
func addReverted(f *graph.Flow, entries []Entry, undo Options) {
	f.Deadline = 0 // it ends when everything is undone
	index := map[string]int{}
	for i, e := range entries {
		t := &graph.Task{
			Path: e.Task, Scope: &f.Scope, Summary: e.Summary, Do: e.Activity, Undo: e.Undo, NoUndo: e.NoUndo, UndoOptions: e.UndoOptions.Over(undo),
			ReadFacts: graph.NoFacts,
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
func (r *run) owe(entries []Entry, in RevertInput) (owed []string) {
	now := workflow.Now(r.ctx)
	r.ledger.Deadline, r.ledger.By, r.ledger.Reason = time.Time{}, in.By, in.Reason
	r.ledger.Requests = []Request{{Verb: VerbRevert, Reason: in.Reason, By: in.By, Time: now}}
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
	e.State = TaskRevertFailure
	e.UndoError = "not before " + until.UTC().Format(time.RFC3339) + ": an attempt of the run that was ended may be at work until then"
	var ctx workflow.Context
	ctx, t.cancel = workflow.WithCancel(r.detached)
	r.after(ctx, d, "until the last attempt at "+e.Task+" is over", func() { t.due = true })
}

// intersect keeps of a those that are in b too.
func intersect(a, b []string) []string {
	return slices.DeleteFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
