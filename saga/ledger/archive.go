package ledger

import "time"

// Archive is the argument of the activity that keeps the record of a run for
// longer than the engine does; see [ArchivedBy].
//
// A record that is too large for one call comes in parts, one after the other.
// Each part has the whole head of the ledger, and some of its tasks and of the
// events. Workflow, Execution and Part together are unique: a part may come
// again, and must then not be kept twice.
type Archive struct {
	Workflow  string  `json:"workflow"`        // id
	Execution string  `json:"execution"`       // run id of the engine; another one after a reset
	Scope     string  `json:"scope,omitempty"` // path, if this is a scope that ran as a child workflow
	Part      int     `json:"part"`            // counted from 1
	Parts     int     `json:"parts"`
	Ledger    Ledger  `json:"ledger"` // its state is the outcome
	Events    []Event `json:"events"` // in the order in which they happened, with the ids that listeners were told
}

// ArchiveName is the beginning of the ids of the activities that archive runs.
const ArchiveName = "archive"

// RecordQuery is the name of the query that returns a part of the run's record so
// far, as an [Archive]; it takes the number of the part, counted from 1. Of a flow
// that is not archived the record has no events.
const RecordQuery = "record"

// Event is one transition of a task or of a run.
type Event struct {
	// ID is unique to the transition, and the same in the log, for listeners and
	// in the archive. A worker that dies between telling a listener and recording
	// the step tells it again with the same ID: drop doubles by it. What a reset
	// repeats is another transition.
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	Workflow string    `json:"workflow"`
	Flow     string    `json:"flow"`
	Run      string    `json:"run"`
	Task     string    `json:"task,omitempty"` // path; "" for the run itself
	Attempt  int       `json:"attempt,omitempty"`
	Mark     Mark      `json:"mark,omitempty"`
	From     string    `json:"from"`           // a TaskState or a RunState
	To       string    `json:"to"`             // another, or the Verb that an operator gave
	Text     string    `json:"text,omitempty"` // the error, the cause or an operator's reason
	By       string    `json:"by,omitempty"`   // who gave the verb

	Activity  string   `json:"activity,omitempty"`  // of a task: what carries the transition out
	Resources []string `json:"resources,omitempty"` // of a task: see Entry
	RequestID string   `json:"requestId,omitempty"` // of a task that succeeded: see Requested
}
