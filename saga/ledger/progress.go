package ledger

import "time"

// Progress is how far an activity is. It is the detail of the activity's
// heartbeats, which the Web UI and "temporal workflow describe" show.
type Progress struct {
	Percent int    `json:"percent"` // 0 to 100
	Message string `json:"message,omitempty"`
}

// ProgressQuery is the name of the query that returns the run's [RunProgress], as
// far as the workflow knows it: without what its activities report. See
// [ReadProgress].
const ProgressQuery = "progress"

// RunProgress is how far a run is.
type RunProgress struct {
	State RunState `json:"state"`
	Cause string   `json:"cause,omitempty"` // why the run reverts, is held or stopped
	// Percent is Done of Of; 0 to 100. Tasks count alike, whatever they take: it
	// is not a time estimate.
	Percent int `json:"percent"`
	Done    int `json:"done"` // tasks that are done, or, on the way back, undone
	// all tasks, or, on the way back, those that were begun and have an undo
	Of     int               `json:"of"`
	Back   bool              `json:"back,omitempty"` // the run reverts
	Counts map[TaskState]int `json:"counts"`
	Tasks  []TaskProgress    `json:"tasks,omitempty"` // those at work or failing, in the ledger's order
}

// TaskProgress is how far a task is that is at work or fails.
type TaskProgress struct {
	Task    string    `json:"task"`
	Undo    bool      `json:"undo,omitempty"` // its undo is at work, not the task
	ID      string    `json:"id"`             // of the activity, or of the child workflow
	State   TaskState `json:"state"`
	Since   time.Time `json:"since"`
	Attempt int       `json:"attempt"`         // of the task, see Entry
	Child   bool      `json:"child,omitempty"` // this is not a task but a scope, at work in a child workflow
	Error   string    `json:"error,omitempty"`

	// What follows is known to ReadProgress only.

	Try       int32     `json:"try,omitempty"`       // of the activity by the engine, counted from 1
	Reported  bool      `json:"reported,omitempty"`  // the activity has said how far it is
	Percent   int       `json:"percent,omitempty"`   // as it said, see Report
	Message   string    `json:"message,omitempty"`   // as it said
	LastHeard time.Time `json:"lastHeard,omitzero"`  // when it did
	NextTry   time.Time `json:"nextTry,omitzero"`    // when a failed activity is tried again
	LastError string    `json:"lastError,omitempty"` // why it failed last
}

// Count counts a task, and counts it as done if it is.
func (p *RunProgress) Count(e *Entry) {
	switch {
	case p.Back && (e.Started.IsZero() || e.Undo == ""): // nothing to undo
	case p.Back && e.Settled(), !p.Back && (e.State == TaskSuccess || e.State == TaskSkipped):
		p.Done++
		p.Of++
	default:
		p.Of++
	}
}

// Sum works out the percentage, with what tasks at work have reported.
func (p *RunProgress) Sum() {
	done := 100 * p.Done
	for _, t := range p.Tasks {
		if t.Undo == p.Back {
			done += t.Percent
		}
	}
	p.Percent = 100
	if p.Of > 0 {
		p.Percent = done / p.Of
	}
}

// Progress returns how far the task is, or nil if it is not at work.
func (e *Entry) Progress() *TaskProgress {
	switch e.State {
	case TaskRunning, TaskFailure:
		return &TaskProgress{Task: e.Task, ID: e.ActivityID(), State: e.State, Since: e.Started, Attempt: e.Attempt,
			Error: e.Error}
	case TaskReverting, TaskRevertFailure:
		return &TaskProgress{Task: e.Task, ID: "undo " + e.ActivityID(), Undo: true, State: e.State, Since: e.Undoing,
			Attempt: e.Attempt, Error: e.UndoError}
	}
	return nil
}
