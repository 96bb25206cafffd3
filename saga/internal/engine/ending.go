package engine

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga/ledger"
)

// ending is how a run ends that does not commit.
type ending struct {
	ledger.Failure
	canceled bool
	keep     bool // nothing is undone
	stays    bool // for it was past the point of no return
}

// detail returns the detail of that error.
func (e ending) detail(l *ledger.Ledger) ledger.Reverted {
	return ledger.Reverted{Task: e.Task, Type: e.Type, Cause: e.Reason, Undone: l.Undone(), LeftBehind: l.LeftBehind(),
		PastPivot: e.stays}
}

// err returns the error with which the workflow closes.
func (e ending) err(l *ledger.Ledger) error {
	if e.canceled {
		return temporal.NewCanceledError(e.Reason)
	}
	detail := e.detail(l)
	kind, text := ledger.ErrTypeReverted, "reverted, "+e.String()
	if l.State == ledger.RunStopped {
		kind, text = ledger.ErrTypeStopped, "stopped, "+e.String()
	}
	if len(detail.Undone) > 0 {
		text += "; undone: " + strings.Join(detail.Undone, ", ")
	}
	if len(detail.LeftBehind) > 0 {
		text += "; left behind: " + strings.Join(detail.LeftBehind, ", ")
	}
	return temporal.NewNonRetryableApplicationError(text, kind, nil, detail, attemptsOf(l))
}

// attemptsOf returns the attempts of the tasks that were tried more than once, by path. A
// parent that tries a scope again needs them, so that marks are new.
func attemptsOf(l *ledger.Ledger) map[string]int {
	all := map[string]int{}
	for _, e := range l.Tasks {
		if e.Attempt > 1 {
			all[e.Task] = e.Attempt
		}
	}
	return all
}

// reasonOf returns an error in its original words, without the engine's wrapping.
func reasonOf(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		text := fmt.Sprintf("no answer in time (%s timeout)", timeout.TimeoutType())
		if cause := errors.Unwrap(timeout); cause != nil {
			text += ", last error: " + reasonOf(cause)
		}
		return text
	}
	if temporal.IsCanceledError(err) {
		return "cancelled"
	}
	return err.Error()
}

// errorType returns the type that the activity gave its error, or "".
func errorType(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Type()
	}
	return ""
}

// PlainError takes the engine's wrapping off an activity's error, so that a reader of the
// workflow's error reads the cloud's words first.
func PlainError(err error) error {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return err
	}
	return temporal.NewNonRetryableApplicationError(app.Message(), app.Type(), nil)
}
