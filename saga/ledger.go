package saga

import (
	"encoding/json"
	"time"
)

// LedgerQuery is the name of the query that returns the run's [Ledger].
const LedgerQuery = "ledger"

// Ledger is the record of a run: what was intended, done and undone.
type Ledger struct {
	Flow     string    `json:"flow"`
	Run      string    `json:"run"` // see RunID
	State    RunState  `json:"state"`
	Cause    string    `json:"cause,omitempty"` // why the run reverts or stopped
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
	Deadline time.Time `json:"deadline"`
	Tasks    []Entry   `json:"tasks"` // in the order in which they were added
}

// Entry is the part of the ledger that belongs to one task. Times are zero for
// what has not happened.
type Entry struct {
	Task      string          `json:"task"`
	Summary   string          `json:"summary,omitempty"`
	State     TaskState       `json:"state"`
	Needs     []string        `json:"needs,omitempty"` // tasks that had to succeed before
	Activity  string          `json:"activity"`
	Undo      string          `json:"undo,omitempty"`   // activity that takes the effect back
	NoUndo    string          `json:"noUndo,omitempty"` // or the reason why there is none
	Mark      Mark            `json:"mark"`
	In        json.RawMessage `json:"in,omitempty"`
	Out       json.RawMessage `json:"out,omitempty"`
	Error     string          `json:"error,omitempty"`
	UndoError string          `json:"undoError,omitempty"`
	Started   time.Time       `json:"started,omitzero"`
	Ended     time.Time       `json:"ended,omitzero"`
	Undoing   time.Time       `json:"undoing,omitzero"` // when the undo was first scheduled
	Undone    time.Time       `json:"undone,omitzero"`
}

// Entry returns the entry of a task, or nil.
func (l *Ledger) Entry(task string) *Entry {
	for i := range l.Tasks {
		if l.Tasks[i].Task == task {
			return &l.Tasks[i]
		}
	}
	return nil
}

// TakenBack lists the tasks whose effects were undone, in the ledger's order.
func (l *Ledger) TakenBack() []string {
	var names []string
	for _, e := range l.Tasks {
		if e.State == TaskReverted {
			names = append(names, e.Task)
		}
	}
	return names
}

// newLedger is the ledger of a run that has done nothing.
func newLedger(f *Flow, run string, now time.Time) *Ledger {
	l := &Ledger{Flow: f.name, Run: run, State: RunPending, Started: now, Deadline: now.Add(f.deadline)}
	for _, t := range f.tasks {
		e := Entry{
			Task: t.name, Summary: t.summary, State: TaskPending,
			Activity: t.do, Undo: t.undo, NoUndo: t.noUndo, Mark: newMark(run, t.name, 1),
		}
		for _, i := range t.needs {
			e.Needs = append(e.Needs, f.tasks[i].name)
		}
		l.Tasks = append(l.Tasks, e)
	}
	return l
}
