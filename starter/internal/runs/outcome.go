package runs

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// Outcome is how a run ended, or that it is stuck. Its JSON form is for scripts.
type Outcome struct {
	// COMMITTED, REVERTED, STOPPED, STUCK, HELD, INVALID, FAILED, CANCELED, TERMINATED,
	// TIMED_OUT or a state on the way
	State      string   `json:"state"`
	Task       string   `json:"task,omitempty"`
	Cause      string   `json:"cause,omitempty"`      // in the words of the cloud, where it was the cloud
	Reverted   []string `json:"reverted,omitempty"`   // tasks whose effects are gone again
	LeftBehind []string `json:"leftBehind,omitempty"` // tasks whose effects may still exist
}

// NewOutcome reads an outcome from what is known of a run and from the error it ended
// with, nil if there is none or it still runs.
func NewOutcome(s Snapshot, err error) Outcome {
	o := Outcome{State: StateOf(s), Cause: failureOf(err)}
	if l := s.Ledger; l != nil {
		o.Reverted, o.LeftBehind = l.Undone(), leftBehind(s)
		if l.Cause != "" {
			o.Cause = l.Cause
		}
	}
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return o
	}
	switch app.Type() {
	case spec.ErrTypeInvalidSpec:
		o.State = invalidState
	case saga.ErrTypeReverted, saga.ErrTypeStopped:
		o.State = string(saga.RunReverted)
		if app.Type() == saga.ErrTypeStopped {
			o.State = string(saga.RunStopped)
		}
		var detail saga.Reverted
		if app.HasDetails() && app.Details(&detail) == nil {
			o.Task, o.Cause, o.Reverted, o.LeftBehind = detail.Task, detail.Cause, detail.Undone, detail.LeftBehind
		}
	}
	return o
}

// invalidState is the state of a run whose request was refused.
const invalidState = "INVALID"

// StateOf returns the state of a run, whether or not a worker answers.
func StateOf(s Snapshot) string {
	switch s.Status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		if s.Kind == saga.RevertName {
			return string(saga.RunReverted)
		}
		return string(saga.RunCommitted)
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		if s.Ledger != nil && s.Ledger.State.Final() {
			return string(s.Ledger.State) // REVERTED, or STOPPED for a flow that only goes forward
		}
		return "CANCELED"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "TERMINATED"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "TIMED_OUT"
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		if s.Ledger != nil && s.Ledger.State.Final() {
			return string(s.Ledger.State)
		}
		return "FAILED"
	}
	if s.Ledger != nil {
		return string(s.Ledger.State)
	}
	return string(saga.RunRunning)
}

// leftBehind returns the tasks of an ended run whose effects were not undone. For a
// committed run these are the tasks that an operator skipped or whose undo an operator
// gave up.
func leftBehind(s Snapshot) []string {
	switch {
	case !s.Ended():
		return nil
	case s.Ledger.State == saga.RunCommitted || s.Ledger.State == saga.RunReverted:
		return s.Ledger.LeftBehind()
	case s.Status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return nil
	}
	return s.Ledger.Owed()
}

// failureOf returns a run's error without the engine's wrapping, "" for none.
func failureOf(err error) string {
	var app *temporal.ApplicationError
	var terminated *temporal.TerminatedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &app):
		return app.Message()
	case temporal.IsCanceledError(err):
		return "cancelled"
	case errors.As(err, &terminated):
		return "terminated: the engine was asked to stop it at once, so nothing was reverted"
	}
	return err.Error()
}

// ExitCode returns the exit code that reports to a script the outcome.
func (o Outcome) ExitCode() int {
	switch o.State {
	case string(saga.RunCommitted):
		return term.ExitOK
	case string(saga.RunStuck), string(saga.RunHeld):
		return term.ExitStuck
	case invalidState:
		return term.ExitUsage
	}
	return term.ExitFailed
}

// runWord returns a run's state with its tone.
func runWord(s Snapshot) (string, term.Tone) {
	st := StateOf(s)
	switch st {
	case string(saga.RunCommitted):
		return st, term.Good
	case string(saga.RunRunning), string(saga.RunPending):
		return st, term.Bold
	case string(saga.RunPaused), string(saga.RunReverting), string(saga.RunReverted), string(saga.RunStopped):
		return st, term.Warn
	}
	return st, term.Bad
}

// AllReverted reports whether everything that was to be reverted is gone.
func (o Outcome) AllReverted() bool {
	return o.State == string(saga.RunReverted) && len(o.LeftBehind) == 0
}
