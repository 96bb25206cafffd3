package ledger

import (
	"fmt"
	"strings"
	"time"
)

// Settled reports whether there is nothing left to undo about a task.
func (e *Entry) Settled() bool {
	return e.Started.IsZero() || e.Undo == "" || e.State == TaskReverted || e.State == TaskAbandoned
}

// RevertName is the name under which [RegisterRevert] registers the workflow
// that reverts a run which has ended.
const RevertName = "Revert"

// RevertKind is the kind of its runs, as AttributeKind has it.
const RevertKind = "revert"

// RevertInput is the input of the workflow [RevertName].
//
// Start it under the workflow id of the run that it reverts, so that nothing
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

// Cause says why the run reverts another one.
func (in RevertInput) Cause() string {
	if in.Parts > 1 {
		return strings.TrimSuffix(fmt.Sprintf("part %d of %d of run %s is reverted: %s", in.Part, in.Parts,
			in.Ledger.Run, in.Reason), ": ")
	}
	return strings.TrimSuffix(fmt.Sprintf("run %s is reverted: %s", in.Ledger.Run, in.Reason), ": ")
}

// Owed lists the tasks that were begun and not undone, in the ledger's order. A run that
// has committed owes all that it created.
func (l *Ledger) Owed() []string { return l.names((*Entry).IsOwed) }

// IsOwed reports whether the effect of a task may exist, whatever an operator said.
func (e *Entry) IsOwed() bool {
	return !e.Started.IsZero() && e.Undo != "" && e.State != TaskReverted
}

// Revertible returns why the run cannot be reverted once it has ended, or nil.
func (l *Ledger) Revertible() error {
	for _, e := range l.Tasks {
		if e.Pivot && e.State == TaskSuccess {
			return fmt.Errorf("run %s is past its point of no return, task %s, and what came before is meant to stay: "+
				"undo it with a flow written for that", l.Run, e.Task)
		}
	}
	if len(l.Owed()) > 0 {
		return nil
	}
	for _, e := range l.Tasks {
		if e.State == TaskReverted {
			return fmt.Errorf("run %s was reverted already: nothing is left of it", l.Run)
		}
	}
	for _, e := range l.Tasks {
		if e.NoUndo != "" && !e.Started.IsZero() {
			return fmt.Errorf("run %s did nothing that can be reverted: its tasks have no undo (%s)", l.Run, e.NoUndo)
		}
	}
	return fmt.Errorf("run %s created nothing that could be reverted", l.Run)
}

// Owing returns an entry as it is at the beginning of a revert: begun and to be undone.
// An entry with nothing to undo stays as it was.
func Owing(e Entry) Entry {
	if !e.IsOwed() {
		return e
	}
	e = e.WithoutGiven()
	e.State = TaskFailure // the effect may exist
	if e.Out != nil {
		e.State = TaskSuccess
	}
	e.Undoing, e.Undone, e.UndoError, e.Note = time.Time{}, time.Time{}, "", ""
	return e
}

// WithoutGiven returns an entry without what an operator gave in the place of a result.
func (e Entry) WithoutGiven() Entry {
	if e.Given {
		e.Out, e.Given, e.Resources = nil, false, nil
	}
	return e
}

// SortByNeeds sorts entries so that each comes after all that it needs. Otherwise they
// stay in their order, which is the order in which they began as far as is known.
func SortByNeeds(entries []Entry) (sorted []Entry, err error) {
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
