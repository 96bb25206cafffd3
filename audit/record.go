package audit

import (
	"slices"
	"time"

	"novaflow/saga"
)

// Record is what one execution of a workflow did, from its first transition to its
// last. A large record is written in parts. Each part has the whole head and some of
// the events.
type Record struct {
	Execution string    `json:"execution"`       // the engine's run id
	Workflow  string    `json:"workflow"`        // its workflow id
	Scope     string    `json:"scope,omitempty"` // path, if it is a scope that ran as a child workflow
	Part      int       `json:"-"`               // counted from 1
	Parts     int       `json:"-"`
	Missing   int       `json:"missing,omitempty"` // how many parts the store lacks
	Run       string    `json:"run"`               // as the marks of the run have it
	Flow      string    `json:"flow"`
	Project   string    `json:"project,omitempty"` // search attribute NovaflowProject: the name of the cloud
	By        string    `json:"by,omitempty"`      // who requested the run
	Reason    string    `json:"reason,omitempty"`  // and why
	State     string    `json:"state"`             // a saga.RunState, or how the engine ended it
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended,omitzero"`
	Events    []Event   `json:"events"` // in order
}

// Event is one transition, and the person for whom it happened.
type Event struct {
	saga.Event
	Execution string `json:"execution"`
	Project   string `json:"project,omitempty"`
	By        string `json:"by,omitempty"`     // who requested the run; for a verb, who sent it
	Reason    string `json:"reason,omitempty"` // and why
}

// About reports whether the event is about a resource, or about the run as a whole.
func (e Event) About(resource string) bool {
	return e.Task == "" || slices.Contains(e.Resources, resource)
}
