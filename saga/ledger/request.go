package ledger

import (
	"encoding/json"
	"time"
)

// Verb is what an operator can request of a run, as an update (which answers, and
// explains a refusal) or as a signal of the same name, both with a [Request]:
//
//	temporal workflow update execute --name pause --input '{"reason":"repair"}' -w ID
//	temporal workflow signal --name resume --input '{}' -w ID
type Verb string

// The verbs.
const (
	VerbPause     Verb = "pause"      // start and undo nothing more; what runs goes on
	VerbResume    Verb = "resume"     // go on after a pause
	VerbRetry     Verb = "retry"      // try a failed task, or a failing undo, again now
	VerbSkip      Verb = "skip"       // pass over a failed task, or give up its failing undo; needs a reason
	VerbAbandon   Verb = "abandon"    // end the run where it is; needs a reason; what is left is listed
	VerbRevert    Verb = "revert"     // revert everything
	VerbOnFailure Verb = "on-failure" // change what a failure leads to
)

// SignalCancelling tells a run, with a [Request], which user is about to cancel it and
// why. The cancellation follows, and does not tell the workflow either of them. The
// signal means nothing else to the run.
const SignalCancelling = "novaflow-cancelling"

// OnFailure is what a failure leads to that no scope retries.
type OnFailure string

// The policies.
const (
	OnFailureRevert OnFailure = "revert" // revert everything
	OnFailureHold   OnFailure = "hold"   // wait until an operator says retry, skip, revert or abandon
	OnFailureKeep   OnFailure = "keep"   // end where it is and keep what was created
)

// Known reports whether this is one of the policies.
func (p OnFailure) Known() bool {
	return p == OnFailureRevert || p == OnFailureHold || p == OnFailureKeep
}

// Request is a verb with what it needs. Fields that a verb does not use are
// ignored.
type Request struct {
	Verb   Verb            `json:"verb,omitempty"`   // filled in by the run
	Task   string          `json:"task,omitempty"`   // path; for retry and skip
	Reason string          `json:"reason,omitempty"` // why; kept in the ledger
	By     string          `json:"by,omitempty"`     // who asks; kept in the ledger
	Result json.RawMessage `json:"result,omitempty"` // for skip: what the task would have returned
	Policy OnFailure       `json:"policy,omitempty"` // for on-failure
	Time   time.Time       `json:"time,omitzero"`    // filled in by the run
}
