package saga

import "novaflow/saga/ledger"

// Verb is what an operator can request of a run, as an update (which answers, and
// explains a refusal) or as a signal of the same name, both with a [Request]:
//
//	temporal workflow update execute --name pause --input '{"reason":"repair"}' -w ID
//	temporal workflow signal --name resume --input '{}' -w ID
type Verb = ledger.Verb

// The verbs.
const (
	VerbPause     = ledger.VerbPause     // start and undo nothing more; what runs goes on
	VerbResume    = ledger.VerbResume    // go on after a pause
	VerbRetry     = ledger.VerbRetry     // try a failed task, or a failing undo, again now
	VerbSkip      = ledger.VerbSkip      // pass over a failed task, or give up its undo; needs a reason
	VerbAbandon   = ledger.VerbAbandon   // end the run where it is; needs a reason; what is left is listed
	VerbRevert    = ledger.VerbRevert    // revert everything
	VerbOnFailure = ledger.VerbOnFailure // change what a failure leads to
)

// Request is a verb with what it needs. Fields that a verb does not use are ignored.
type Request = ledger.Request

// OnFailure is what a failure leads to that no scope retries; see [FailurePolicy].
type OnFailure = ledger.OnFailure

// The policies.
const (
	OnFailureRevert = ledger.OnFailureRevert // revert everything
	OnFailureHold   = ledger.OnFailureHold   // wait until an operator says retry, skip, revert or abandon
	OnFailureKeep   = ledger.OnFailureKeep   // end where it is and keep what was created
)

// Signals beside the verbs.
const (
	// SignalCancelling says, with a [Request], which user is about to cancel the run and
	// why. The cancellation follows, and carries neither.
	SignalCancelling = ledger.SignalCancelling
	// SignalContended asks a lock whether its holder still runs, because another run
	// wants the lock.
	SignalContended = ledger.SignalContended
)
