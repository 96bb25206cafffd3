package saga

import (
	"context"

	"go.temporal.io/sdk/client"

	"novaflow/saga/internal/attributes"
	"novaflow/saga/ledger"
)

// The record of a run is described in package ledger, because its names and shapes stand
// in histories. The aliases here let code that writes and reads flows do without that
// package.

// Ledger is the record of a run: what was intended, done and undone, and what operators
// requested. It answers where a run stands ([Ledger.Tree], [Ledger.Entry]) and what is
// left to undo ([Ledger.Owed], [Ledger.Revertible], [Ledger.Portions]).
type Ledger = ledger.Ledger

// Entry is the part of the ledger that belongs to one task.
type Entry = ledger.Entry

// Attempt is an attempt at a task that was undone because its scope was tried again.
type Attempt = ledger.Attempt

// ScopeInfo is the part of the ledger that belongs to a scope.
type ScopeInfo = ledger.ScopeInfo

// Branch is the place of one task in the tree of a run.
type Branch = ledger.Branch

// Event is one transition of a task or of a run.
type Event = ledger.Event

// Archive is the argument of the activity that keeps the record of a run for longer than
// the engine does; see [ArchivedBy].
type Archive = ledger.Archive

// The queries that every run answers.
const (
	LedgerQuery   = ledger.LedgerQuery   // returns the Ledger
	PlanQuery     = ledger.PlanQuery     // returns the drawing of Flow.LiveMermaid
	ProgressQuery = ledger.ProgressQuery // returns the RunProgress, see ReadProgress
	RecordQuery   = ledger.RecordQuery   // returns one part of the record, as an Archive
)

// Search attributes that every run sets. [EnsureSearchAttributes] registers them.
var (
	AttributeKind      = ledger.AttributeKind      // name of the flow
	AttributeOutcome   = ledger.AttributeOutcome   // a RunState
	AttributeProject   = ledger.AttributeProject   // set by who starts the run
	AttributeResources = ledger.AttributeResources // ids of what the run created, changed or deleted
)

// EnsureSearchAttributes registers the search attributes of runs that the namespace lacks
// and returns when they can be used. Call it when a worker starts: the engine refuses
// what a run decides with attributes it does not know. Where the engine does not let a
// worker register them, as in Temporal Cloud, the error says what to create by hand.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	return attributes.EnsureSearchAttributes(ctx, c, namespace)
}

// Keys of the memo of a workflow. The first two say who requests the run and why; they
// are strings, and may be absent. MemoHolder is in the memo of a lock: its [Holder].
const (
	MemoBy     = ledger.MemoBy
	MemoReason = ledger.MemoReason
	MemoHolder = ledger.MemoHolder
)

// Mark identifies one attempt at one task of one run. A task writes its mark into what it
// creates, in the request that creates it, and looks for the mark before it creates
// anything.
type Mark = ledger.Mark

// ParseMark reads s as a mark. It returns false for anything else, such as a description
// that a person wrote.
func ParseMark(s string) (Mark, bool) { return ledger.ParseMark(s) }

// RunPrefix returns what all marks of a run begin with.
func RunPrefix(run string) string { return ledger.RunPrefix(run) }

// TaskState is where one task of a run stands.
type TaskState = ledger.TaskState

// The states of a task. A task without undo keeps its state in a revert.
const (
	TaskPending       = ledger.TaskPending       // not begun; nothing to undo
	TaskRunning       = ledger.TaskRunning       // its activity is scheduled: the effect may exist
	TaskSuccess       = ledger.TaskSuccess       // the result is known
	TaskFailure       = ledger.TaskFailure       // no result; the effect may exist
	TaskSkipped       = ledger.TaskSkipped       // a condition or an operator passed it over
	TaskReverting     = ledger.TaskReverting     // its undo is scheduled
	TaskReverted      = ledger.TaskReverted      // the effect is absent
	TaskRevertFailure = ledger.TaskRevertFailure // its undo failed and will be tried again
	TaskAbandoned     = ledger.TaskAbandoned     // an operator gave up its undo: the effect may stay
)

// RunState is where a run stands.
type RunState = ledger.RunState

// The states of a run. COMMITTED, REVERTED and STOPPED are final.
const (
	RunPending   = ledger.RunPending
	RunRunning   = ledger.RunRunning
	RunPaused    = ledger.RunPaused // an operator paused it between tasks
	RunHeld      = ledger.RunHeld   // a task failed, and an operator decides how to go on
	RunReverting = ledger.RunReverting
	RunStuck     = ledger.RunStuck     // past the undo deadline; still trying, and needs a decision
	RunCommitted = ledger.RunCommitted // every task succeeded or was skipped
	RunReverted  = ledger.RunReverted  // every effect is absent
	RunStopped   = ledger.RunStopped   // ended by an operator where it was; what it did stays
)

// Limits in bytes of JSON, of a task's input and of its result, and of both together in
// an undo, which otherwise says in Omitted what it leaves out.
const (
	MaxInput     = ledger.MaxInput
	MaxResult    = ledger.MaxResult
	MaxUndo      = ledger.MaxUndo
	OmittedOut   = ledger.OmittedOut
	OmittedInOut = ledger.OmittedInOut
)

// Types of the application errors that [Run] returns, and of the failure of a [Lock].
const (
	ErrTypeInvalidFlow = ledger.ErrTypeInvalidFlow // the flow was built wrongly; nothing was begun
	ErrTypeReverted    = ledger.ErrTypeReverted    // the run failed and everything was reverted
	ErrTypeStopped     = ledger.ErrTypeStopped     // an operator ended the run where it was
	ErrTypeLocked      = ledger.ErrTypeLocked      // something else holds the lock, whose id comes first
	ErrTypeTooLarge    = ledger.ErrTypeTooLarge    // the result of a task has more bytes than MaxResult
)

// Reverted is the detail of the error that a run ends with unless it commits.
type Reverted = ledger.Reverted

// Failure is why an attempt at a scope failed.
type Failure = ledger.Failure

// Progress is how far an activity is; see [Report].
type Progress = ledger.Progress

// RunProgress is how far a run is; see [ReadProgress].
type RunProgress = ledger.RunProgress

// TaskProgress is how far a task is that is at work or fails.
type TaskProgress = ledger.TaskProgress
