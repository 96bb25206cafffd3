package main

import (
	"errors"
	"fmt"
)

// Exit codes. They are part of the command line's contract.
const (
	exitOK          = 0   // committed, or nothing to complain about
	exitFailed      = 1   // reverted, failed or cancelled
	exitUsage       = 2   // the request itself is wrong; nothing was begun
	exitStuck       = 3   // the run is stuck or held: a person should look
	exitInterrupted = 130 // the run is watched no more, and goes on
)

// exit is an error with an exit code of its own. An empty text prints nothing:
// everything was said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// withCode gives an error an exit code of its own.
func withCode(code int, err error) error { return &exit{code: code, err: err} }

// done ends the command with a code, after it has said everything itself.
func done(code int) error {
	if code == exitOK {
		return nil
	}
	return &exit{code: code}
}

// usage is a mistake in what the user typed.
func usage(format string, args ...any) error {
	return withCode(exitUsage, fmt.Errorf(format, args...))
}

// code is the exit code for what a command returned.
func code(err error) int {
	var e *exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	}
	return exitFailed
}
