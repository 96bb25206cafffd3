package saga

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
)

// Types of the application errors that Run returns.
const (
	ErrTypeInvalidFlow = "InvalidFlow" // the flow was built wrongly; nothing was begun
	ErrTypeReverted    = "Reverted"    // the run failed and everything was taken back
)

// Reverted is the detail of the error that a reverted run ends with.
type Reverted struct {
	Task      string   `json:"task,omitempty"` // the task that failed; "" for a deadline
	Cause     string   `json:"cause"`
	TakenBack []string `json:"takenBack,omitempty"`
}

// failure is why a run stops going forward.
type failure struct {
	task     string // "" unless a task failed
	reason   string
	canceled bool
}

func (f failure) String() string {
	if f.task == "" {
		return f.reason
	}
	return fmt.Sprintf("task %s failed: %s", f.task, f.reason)
}

// end is the error with which the workflow closes.
func (f failure) end(l *Ledger) error {
	if f.canceled {
		return temporal.NewCanceledError(f.reason)
	}
	detail := Reverted{Task: f.task, Cause: f.reason, TakenBack: l.TakenBack()}
	message := fmt.Sprintf("reverted, %s", f)
	if len(detail.TakenBack) > 0 {
		message += "; taken back: " + strings.Join(detail.TakenBack, ", ")
	}
	return temporal.NewNonRetryableApplicationError(message, ErrTypeReverted, nil, detail)
}

// reason is an error in the words of whoever failed, without the engine's
// wrapping.
func reason(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	var timeout *temporal.TimeoutError
	if errors.As(err, &timeout) {
		text := fmt.Sprintf("no answer in time (%s timeout)", timeout.TimeoutType())
		if cause := errors.Unwrap(timeout); cause != nil {
			text += ", last error: " + reason(cause)
		}
		return text
	}
	if temporal.IsCanceledError(err) {
		return "cancelled"
	}
	return err.Error()
}

// plain takes the engine's wrapping off an activity's error, so that whoever
// reads the workflow's error reads the cloud's words first.
func plain(err error) error {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return err
	}
	return temporal.NewNonRetryableApplicationError(app.Message(), app.Type(), nil)
}
