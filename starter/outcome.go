package main

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// outcome is how a run ended, or that it is stuck, as people and scripts are
// told.
type outcome struct {
	State     string   `json:"state"` // COMMITTED, REVERTED, STOPPED, STUCK, HELD, INVALID, FAILED, CANCELED, TERMINATED, TIMED_OUT or a state on the way
	Task      string   `json:"task,omitempty"`
	Cause     string   `json:"cause,omitempty"`     // in the words of the cloud, where it was the cloud
	TakenBack []string `json:"takenBack,omitempty"` // tasks whose effects are gone again
	Left      []string `json:"left,omitempty"`      // tasks whose effects may still exist
}

// decide reads an outcome from what is known of a run and from the error it
// ended with, nil if there is none or it still runs.
func decide(s snapshot, err error) outcome {
	o := outcome{State: state(s), Cause: failureOf(err)}
	if l := s.ledger; l != nil {
		o.TakenBack, o.Left = l.TakenBack(), left(s)
		if l.Cause != "" {
			o.Cause = l.Cause
		}
	}
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return o
	}
	switch app.Type() {
	case workflows.ErrTypeInvalidSpec:
		o.State = invalidState
	case saga.ErrTypeReverted, saga.ErrTypeStopped:
		o.State = string(saga.RunReverted)
		if app.Type() == saga.ErrTypeStopped {
			o.State = string(saga.RunStopped)
		}
		var detail saga.Reverted
		if app.HasDetails() && app.Details(&detail) == nil {
			o.Task, o.Cause, o.TakenBack, o.Left = detail.Task, detail.Cause, detail.TakenBack, detail.LeftBehind
		}
	}
	return o
}

// invalidState is the state of a run whose request was refused.
const invalidState = "INVALID"

// state is where a run stands, whether or not a worker could tell.
func state(s snapshot) string {
	switch s.status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		if s.kind == saga.RevertName {
			return string(saga.RunReverted)
		}
		return string(saga.RunCommitted)
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		if s.ledger != nil && s.ledger.State.Final() {
			return string(s.ledger.State) // REVERTED, or STOPPED for a flow that only goes forward
		}
		return "CANCELED"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "TERMINATED"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "TIMED_OUT"
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		if s.ledger != nil && s.ledger.State.Final() {
			return string(s.ledger.State)
		}
		return "FAILED"
	}
	if s.ledger != nil {
		return string(s.ledger.State)
	}
	return string(saga.RunRunning)
}

// left are the tasks of a run that has ended whose effects nobody took back; of one
// that committed, those that a person passed over or whose undo he gave up.
func left(s snapshot) []string {
	switch {
	case !s.ended():
		return nil
	case s.ledger.State == saga.RunCommitted || s.ledger.State == saga.RunReverted:
		return s.ledger.LeftBehind()
	case s.status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return nil
	}
	return s.ledger.Owed()
}

// failureOf is a run's error without the engine's wrapping; "" for none.
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
		return "terminated: the engine was told to stop it at once, so nothing was taken back"
	}
	return err.Error()
}

// code is the exit code that tells a script about the outcome.
func (o outcome) code() int {
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

// runWord is a run's state in a word, with its tone.
func runWord(s snapshot) (string, term.Tone) {
	st := state(s)
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
