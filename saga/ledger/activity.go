package ledger

import "fmt"

// ActivityID returns the id of the task's activity. The id of its undo is the same after
// "undo ". The id tells attempts apart, so that each is a line of its own in the Web UI.
// It also tells an activity that was cut short from one that was begun again: the engine
// may refuse a second activity of one id when the first was told to end.
func (e *Entry) ActivityID() string {
	id := e.Task
	if e.Attempt > 1 {
		id = string(e.Mark)[len(RunPrefix(e.Mark.Run())):]
	}
	return id + CutSuffix(e.Cut)
}

// CutSuffix returns the end of the id of an activity that was cut short so often before.
func CutSuffix(cut int) string {
	if cut == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d)", cut+1)
}
