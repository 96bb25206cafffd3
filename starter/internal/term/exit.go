package term

import (
	"errors"
	"fmt"
)

// Exit codes. They are part of the command line's contract.
const (
	ExitOK          = 0   // committed, or nothing to complain about
	ExitFailed      = 1   // reverted, failed or cancelled
	ExitUsage       = 2   // the request itself is wrong; nothing was started
	ExitStuck       = 3   // the run is stuck or held and needs a decision
	ExitInterrupted = 130 // the run is no longer watched, and goes on
)

// Exit is an error with an exit code of its own. With an empty text nothing is printed,
// because the command has printed everything already.
type Exit struct {
	code int
	err  error
}

// Error implements error.
func (e *Exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap gives access to the error itself.
func (e *Exit) Unwrap() error { return e.err }

// WithCode gives an error an exit code of its own.
func WithCode(code int, err error) error { return &Exit{code: code, err: err} }

// Done ends a command with a code after it has printed everything itself.
func Done(code int) error {
	if code == ExitOK {
		return nil
	}
	return &Exit{code: code}
}

// Usage returns an error about what the user typed.
func Usage(format string, args ...any) error {
	return WithCode(ExitUsage, fmt.Errorf(format, args...))
}

// Code returns the exit code for the error that a command returned.
func Code(err error) int {
	var e *Exit
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.code
	}
	return ExitFailed
}
