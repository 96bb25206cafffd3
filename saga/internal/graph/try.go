package graph

import "fmt"

// Try calls a function of the flow's author and turns a panic into an error, so that a
// mistake in it reverts the run and does not block it.
func Try[T any](what string, fn func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panicked: %v", what, p)
		}
	}()
	return fn()
}
