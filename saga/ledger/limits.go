package ledger

import "fmt"

// Limits of what a run may send and keep, in bytes of JSON. The engine begins to warn at
// 512 KiB, refuses 2 MiB in one payload, and terminates a run that sends more than 4 MiB
// in one step. docs/limits.md says what happens at each limit.
const (
	MaxInput  = 512 << 10 // of a task
	MaxResult = 512 << 10 // of a task
	MaxUndo   = 1 << 20   // of an input and a result together, as an undo carries them
)

// ErrTypeTooLarge is the type of the failure of a task whose result is over [MaxResult].
const ErrTypeTooLarge = "TooLarge"

// ResultTooLarge says why a result of so many bytes fails its task.
func ResultTooLarge(bytes int) string {
	return fmt.Sprintf("the result has %d bytes, and %d are the most: return an id and keep the data elsewhere", bytes,
		MaxResult)
}

// What an undo says in Omitted.
const (
	OmittedOut   = "out"
	OmittedInOut = "in and out"
)

// Fitting returns an entry as an undo can carry it: without its result if that and the
// input are over [MaxUndo] together, and without the input too if that is over it alone.
// The text says what was left out, or is empty.
func (e Entry) Fitting() (Entry, string) {
	omitted := ""
	if len(e.In)+len(e.Out) > MaxUndo {
		e.Out, omitted = nil, OmittedOut
	}
	if len(e.In) > MaxUndo {
		e.In, omitted = nil, OmittedInOut
	}
	return e, omitted
}
