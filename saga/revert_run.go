package saga

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// RevertName is the name under which [RegisterRevert] registers the workflow
// that takes back a run which has ended.
const RevertName = "Revert"

// RevertKind is the kind of its runs, as AttributeKind has it.
const RevertKind = "revert"

// RevertInput is the input of the workflow [RevertName].
//
// Start it under the workflow id of the run that it takes back, so that nothing
// else changes the same resource meanwhile.
type RevertInput struct {
	Ledger Ledger `json:"ledger"`          // of the run: see LedgerQuery and LedgerFromHistory; or one of its Portions
	Part   int    `json:"part,omitempty"`  // which portion, counted from 1; 0 if there is only one
	Parts  int    `json:"parts,omitempty"` // how many there are
	// Busy has the tasks whose activity may still be at work, and until when:
	// see Past. Their undo waits, because what comes to exist after its undo
	// would stay.
	Busy   map[string]time.Time `json:"busy,omitempty"`
	Reason string               `json:"reason,omitempty"`
	By     string               `json:"by,omitempty"` // who asks for it
	// Unarchived is the engine's run id of the run, if it ended without having its
	// record archived, as one that was terminated does: then this run does it.
	Unarchived string `json:"unarchived,omitempty"`
}

func (in RevertInput) cause() string {
	if in.Parts > 1 {
		return strings.TrimSuffix(fmt.Sprintf("part %d of %d of run %s is taken back: %s", in.Part, in.Parts, in.Ledger.Run, in.Reason), ": ")
	}
	return strings.TrimSuffix(fmt.Sprintf("run %s is taken back: %s", in.Ledger.Run, in.Reason), ": ")
}

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
	revert := func(ctx workflow.Context, in RevertInput) (Reverted, error) { return revertRun(ctx, in, undo, options) }
	r.RegisterWorkflowWithOptions(revert, workflow.RegisterOptions{Name: RevertName})
}

// Owed lists the tasks that were begun and not undone, in the ledger's order. A
// run that has committed owes all that it made.
func (l *Ledger) Owed() []string { return l.names((*Entry).owed) }

// owed reports whether the effect of a task may exist, whatever a person said.
func (e *Entry) owed() bool {
	return !e.Started.IsZero() && e.Undo != "" && e.State != TaskReverted
}

// Revertible says why the run cannot be taken back once it has ended, or nil.
func (l *Ledger) Revertible() error {
	for _, e := range l.Tasks {
		if e.Pivot && e.State == TaskSuccess {
			return fmt.Errorf("run %s is past its point of no return, task %s, and what came before is meant to stay: undo it with a flow made for that", l.Run, e.Task)
		}
	}
	if len(l.Owed()) > 0 {
		return nil
	}
	for _, e := range l.Tasks {
		if e.State == TaskReverted {
			return fmt.Errorf("run %s has been taken back already: nothing is left of it", l.Run)
		}
	}
	for _, e := range l.Tasks {
		if e.NoUndo != "" && !e.Started.IsZero() {
			return fmt.Errorf("run %s did nothing that can be taken back: its tasks have no undo (%s)", l.Run, e.NoUndo)
		}
	}
	return fmt.Errorf("run %s made nothing that could be taken back", l.Run)
}

// owing is an entry as the beginning of a revert: begun and to be undone, or as
// it was.
func owing(e Entry) Entry {
	if !e.owed() {
		return e
	}
	e = e.own()
	e.State = TaskFailure // the effect may exist
	if e.Out != nil {
		e.State = TaskSuccess
	}
	e.Undoing, e.Undone, e.UndoError, e.Note = time.Time{}, time.Time{}, "", ""
	return e
}

// own is an entry without what a person gave in the place of a result.
func (e Entry) own() Entry {
	if e.Given {
		e.Out, e.Given, e.Resources = nil, false, nil
	}
	return e
}

// revertRun is a run whose tasks are all begun, and that gives up at once.
func revertRun(ctx workflow.Context, in RevertInput, undo Options, options []FlowOption) (Reverted, error) {
	err := in.Ledger.Revertible()
	var entries []Entry
	if err == nil {
		entries, err = ordered(in.Ledger.Tasks)
	}
	if err != nil {
		return Reverted{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, nil)
	}
	f := revertFlow(entries, undo, options)
	f.takesBack = in.cause()
	if err := errors.Join(f.problems...); err != nil {
		return Reverted{}, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, nil)
	}
	r, err := begin(ctx, f, RunID(ctx))
	if err != nil {
		return Reverted{}, err
	}
	owed := r.owe(entries, in)
	if r.locks.missing = in.Ledger.Locks(); len(r.locks.missing) > 0 {
		r.locks.owner = r.whichExecution()
	}
	r.giveUp(ending{Failure: Failure{Reason: in.cause()}})
	r.loop()
	r.archivePast(in)
	err = r.close()
	if r.end.keep {
		return Reverted{}, err
	}
	return Reverted{Cause: in.cause(), TakenBack: intersect(r.ledger.TakenBack(), owed), LeftBehind: r.ledger.LeftBehind()}, nil
}

// archivePast has the record archived of the run that this one has taken back. It
// has no events: nobody was told them.
func (r *run) archivePast(in RevertInput) {
	if r.flow.archiver == nil || in.Unarchived == "" {
		return
	}
	a := Archive{Workflow: workflow.GetInfo(r.ctx).WorkflowExecution.ID, Execution: in.Unarchived, Part: max(in.Part, 1), Parts: max(in.Parts, 1), Ledger: in.Ledger}
	a.Ledger.Tasks = slices.Clone(in.Ledger.Tasks)
	for i := range a.Ledger.Tasks {
		a.Ledger.Tasks[i].In = nil // it is in history, and may be large
	}
	if err := r.tellArchive(archiveName+" of the run", a, workflow.Now(r.ctx).Add(archiveWithin)); err != nil {
		workflow.GetLogger(r.ctx).Error("the run that was taken back is not archived", "execution", in.Unarchived, "error", err)
	}
}

// ordered sorts entries so that each comes after all that it needs. Else they
// stay in their order, which is that in which they began as far as is known.
func ordered(entries []Entry) (sorted []Entry, err error) {
	index := map[string]int{}
	for i, e := range entries {
		index[e.Task] = i
	}
	const seen, placed = 1, 2
	state := make([]int, len(entries))
	var visit func(i int)
	visit = func(i int) {
		if state[i] == seen {
			err = fmt.Errorf("the ledger is damaged: task %s needs itself", entries[i].Task)
		}
		if state[i] != 0 {
			return
		}
		state[i] = seen
		for _, name := range entries[i].Needs {
			if n, ok := index[name]; ok {
				visit(n)
			}
		}
		state[i] = placed
		sorted = append(sorted, entries[i])
	}
	for i := range entries {
		visit(i)
	}
	return sorted, err
}

// revertFlow is a flow with the tasks of a ledger, without what makes them run
// forward.
func revertFlow(entries []Entry, undo Options, options []FlowOption) *Flow {
	f := NewFlow(RevertKind, options...)
	f.deadline = 0 // it ends when everything is undone
	index := map[string]int{}
	for i, e := range entries {
		t := &task{
			path: e.Task, scope: f, summary: e.Summary, do: e.Activity, undo: e.Undo, noUndo: e.NoUndo, undoOpts: e.UndoOptions.over(undo),
			about: noFacts,
		}
		for _, name := range e.Needs {
			if n, ok := index[name]; ok {
				t.needs = union(t.needs, []need{{task: n}})
			}
		}
		index[e.Task] = i
		f.tasks = append(f.tasks, t)
	}
	return f
}

// owe enters the past of the tasks into the ledger and returns those that are to
// be undone.
func (r *run) owe(entries []Entry, in RevertInput) (owed []string) {
	now := workflow.Now(r.ctx)
	r.ledger.Deadline, r.ledger.By, r.ledger.Reason = time.Time{}, in.By, in.Reason
	r.ledger.Requests = []Request{{Verb: VerbRevert, Reason: in.Reason, By: in.By, Time: now}}
	for i, past := range entries {
		e := &r.ledger.Tasks[i]
		*e = owing(past)
		if !e.owed() {
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
