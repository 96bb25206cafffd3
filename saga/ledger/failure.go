package ledger

import "fmt"

// Failure is why an attempt at a scope failed.
type Failure struct {
	Attempt int    `json:"attempt"`        // of the scope, counted from 1
	Task    string `json:"task,omitempty"` // path of the task that failed; "" for a deadline
	Type    string `json:"type,omitempty"` // of the activity's application error
	Reason  string `json:"reason"`         // in the original words
}

func (f Failure) String() string {
	if f.Task == "" {
		return f.Reason
	}
	return fmt.Sprintf("task %s failed: %s", f.Task, f.Reason)
}
