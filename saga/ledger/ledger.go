package ledger

import (
	"encoding/json"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
)

// PlanQuery is the name of the query that returns the drawing of a run, as
// [Flow.LiveMermaid] returns it.
const PlanQuery = "plan"

// LedgerQuery is the name of the query that returns the run's [Ledger].
const LedgerQuery = "ledger"

// Ledger is the record of a run: what was intended, done and undone, and what
// people told it.
type Ledger struct {
	Flow      string      `json:"flow"`
	Run       string      `json:"run"`               // see RunID
	Project   string      `json:"project,omitempty"` // see AttributeProject
	By        string      `json:"by,omitempty"`      // who asked for the run, see MemoBy
	Reason    string      `json:"reason,omitempty"`  // why they did, see MemoReason
	State     RunState    `json:"state"`
	Cause     string      `json:"cause,omitempty"` // why the run reverts, is held or stopped
	OnFailure OnFailure   `json:"onFailure"`
	Started   time.Time   `json:"started"`
	Ended     time.Time   `json:"ended,omitzero"`
	Deadline  time.Time   `json:"deadline"`
	Tasks     []Entry     `json:"tasks"` // in the order in which they were added
	Scopes    []ScopeInfo `json:"scopes,omitempty"`
	Requests  []Request   `json:"requests,omitempty"` // what operators requested, in order

	Archived     time.Time `json:"archived,omitzero"`      // when the archive had it all, see ArchivedBy
	ArchiveError string    `json:"archiveError,omitempty"` // why it has not
}

// Keys of the memo of a workflow by which those who start a run say who asks for
// it and why. Both are strings, and may be absent.
const (
	MemoBy     = "by"
	MemoReason = "reason"
)

// Entry is the part of the ledger that belongs to one task. Times are zero for
// what has not happened.
type Entry struct {
	Task     string    `json:"task"` // path
	Summary  string    `json:"summary,omitempty"`
	State    TaskState `json:"state"`
	Needs    []string  `json:"needs,omitempty"` // tasks that had to be done before
	Activity string    `json:"activity"`
	Undo     string    `json:"undo,omitempty"`   // activity that undoes the effect
	NoUndo   string    `json:"noUndo,omitempty"` // or the reason why there is none
	Pivot    bool      `json:"pivot,omitempty"`
	// UndoOptions are those of the undo, nil for the library's own.
	UndoOptions *Options `json:"undoOptions,omitempty"`
	Attempt     int      `json:"attempt"` // of the task; a retry of its scope begins a new one
	Mark        Mark     `json:"mark"`
	// how often its activity, or its undo, was cut short to be begun again
	Cut   int             `json:"cut,omitempty"`
	In    json.RawMessage `json:"in,omitempty"`
	Out   json.RawMessage `json:"out,omitempty"`
	Given bool            `json:"given,omitempty"` // Out is what an operator gave in the place of a result
	// ids of the resources that the result stands for, see Identified
	Resources []string  `json:"resources,omitempty"`
	Error     string    `json:"error,omitempty"`
	UndoError string    `json:"undoError,omitempty"`
	Note      string    `json:"note,omitempty"` // an operator's reason for skipping or abandoning it
	Started   time.Time `json:"started,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`
	Undoing   time.Time `json:"undoing,omitzero"` // when the undo was first scheduled
	Undone    time.Time `json:"undone,omitzero"`
	Earlier   []Attempt `json:"earlier,omitempty"` // attempts that were undone before this one
}

// Attempt is an attempt at a task that was undone because its scope was tried
// again.
type Attempt struct {
	Number int       `json:"number"`
	Mark   Mark      `json:"mark"`
	State  TaskState `json:"state"` // its last
	Error  string    `json:"error,omitempty"`
}

// ScopeInfo is the part of the ledger that belongs to a scope.
type ScopeInfo struct {
	Scope    string    `json:"scope"`
	Attempt  int       `json:"attempt"`
	Failures []Failure `json:"failures,omitempty"` // of the attempts so far
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

// Undone lists the tasks whose effects were undone, in the ledger's order.
func (l *Ledger) Undone() []string {
	return l.names(func(e *Entry) bool { return e.Undo != "" && e.State == TaskReverted })
}

// LeftBehind lists the tasks whose effects may exist although the run has
// reverted or stopped, or an operator gave up the undo of an attempt or passed the task
// over after it had begun, in the ledger's order.
func (l *Ledger) LeftBehind() []string {
	return l.names(func(e *Entry) bool {
		return e.givenUp() || e.IsOwed() && (l.State == RunStopped || l.State == RunCommitted && e.State == TaskSkipped)
	})
}

// givenUp reports whether an operator gave up the undo of an attempt at the task.
func (e *Entry) givenUp() bool {
	given := func(a Attempt) bool { return a.State == TaskAbandoned }
	return e.Undo != "" && (e.State == TaskAbandoned || slices.ContainsFunc(e.Earlier, given))
}

// names lists the tasks for which something holds.
func (l *Ledger) names(holds func(*Entry) bool) (names []string) {
	for i := range l.Tasks {
		if holds(&l.Tasks[i]) {
			names = append(names, l.Tasks[i].Task)
		}
	}
	return names
}

// ReadMemo reads from a workflow's memo who requested the run, and why. What a codec has
// encrypted stays empty: workflows cannot read it.
func (l *Ledger) ReadMemo(memo *commonpb.Memo) {
	l.By, l.Reason = memoText(memo, MemoBy), memoText(memo, MemoReason)
}

// memoText returns the text under a key of a memo, or "" if there is none that can be
// read.
func memoText(memo *commonpb.Memo, key string) (text string) {
	if payload := memo.GetFields()[key]; payload != nil &&
		converter.GetDefaultDataConverter().FromPayload(payload, &text) != nil {
		return ""
	}
	return text
}
