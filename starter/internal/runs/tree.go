package runs

import (
	"fmt"
	"strings"
	"time"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// taskWords are the words for the states of tasks.
var taskWords = map[saga.TaskState]struct {
	text string
	tone term.Tone
}{
	saga.TaskPending:       {"waiting", term.Faint},
	saga.TaskRunning:       {"running", term.Bold},
	saga.TaskSuccess:       {"done", term.Good},
	saga.TaskFailure:       {"failed", term.Bad},
	saga.TaskReverting:     {"undoing", term.Warn},
	saga.TaskReverted:      {"undone", term.Warn},
	saga.TaskRevertFailure: {"undo fails", term.Bad},
	saga.TaskSkipped:       {"skipped", term.Faint},
	saga.TaskAbandoned:     {"undo given up", term.Bad},
}

// Tree draws a run: a headline, then a line for each task, and more lines for failures.
func Tree(s Snapshot) []term.Line {
	lines := []term.Line{newHeadline(s)}
	if s.Ledger == nil {
		return lines
	}
	for _, b := range s.Ledger.Branches() {
		lines = append(lines, taskLines(s, b)...)
	}
	return lines
}

// newHeadline says which run it is and in which state.
func newHeadline(s Snapshot) term.Line {
	state, t := runWord(s)
	end := s.Now
	if s.Ended() {
		end = s.Closed
	}
	return term.Line{Name: s.Workflow, State: state, Took: term.Duration(end.Sub(s.Started)), Tone: t}
}

// taskLines draws one task.
func taskLines(s Snapshot, b saga.Branch) []term.Line {
	e := s.Ledger.Tasks[b.Entry]
	w := taskWords[e.State]
	switch {
	case e.State == saga.TaskPending && s.Ledger.Cause != "" && s.Ledger.State != saga.RunHeld:
		w.text = "not begun"
	case e.State == saga.TaskRevertFailure && e.Undoing.IsZero():
		w.text, w.tone = "undo waits", term.Warn
	}
	lines := []term.Line{{Lead: b.Lead, Name: e.Task, State: w.text, Took: taskTime(s, e),
		Note: describeTask(s, e, b.Also), Tone: w.tone}}
	for _, trouble := range listTroubles(s, e) {
		lines = append(lines, term.Line{Lead: b.Rest, Note: trouble, Tone: term.Bad})
	}
	return lines
}

// taskTime returns how long a task has taken so far, or its undo if that has begun.
func taskTime(s Snapshot, e saga.Entry) string {
	from, to := e.Started, e.Ended
	if !e.Undoing.IsZero() {
		from, to = e.Undoing, e.Undone
	}
	if from.IsZero() || to.IsZero() && e.State == saga.TaskAbandoned {
		return ""
	}
	if to.IsZero() {
		to = s.Now
	}
	return term.Duration(to.Sub(from))
}

// describeTask says what a task is about and what it is doing.
func describeTask(s Snapshot, e saga.Entry, also []string) string {
	var parts []string
	a, busy := liveAttempt(s, e)
	switch {
	case busy && a.report != "":
		parts = append(parts, term.OneLine(a.report))
	case e.Summary != "":
		parts = append(parts, term.OneLine(e.Summary))
	}
	if busy && a.number > 1 {
		parts = append(parts, attemptText(a, s.Now))
	}
	if e.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("try %d of its scope", e.Attempt))
	}
	if e.Note != "" {
		parts = append(parts, term.OneLine(e.Note))
	}
	if e.State == saga.TaskPending && len(also) > 0 {
		parts = append(parts, "also after "+strings.Join(also, ", "))
	}
	return strings.Join(parts, "; ")
}

func attemptText(a attempt, now time.Time) string {
	if a.next.After(now) {
		return fmt.Sprintf("attempt %d in %s", a.number, term.Duration(a.next.Sub(now)))
	}
	return fmt.Sprintf("attempt %d", a.number)
}

// liveAttempt returns the activity under way for a task.
func liveAttempt(s Snapshot, e saga.Entry) (attempt, bool) {
	id := e.ActivityID()
	if e.State == saga.TaskReverting || e.State == saga.TaskRevertFailure {
		id = undoID(e)
	}
	a, ok := s.live[id]
	return a, ok
}

// listTroubles lists the failures of a task that matter now.
func listTroubles(s Snapshot, e saga.Entry) []string {
	var out []string
	if e.Error != "" {
		out = append(out, term.OneLine(e.Error))
	}
	if e.UndoError != "" && e.State != saga.TaskReverted {
		out = append(out, "undo: "+term.OneLine(e.UndoError))
	}
	if a, ok := liveAttempt(s, e); ok && a.failure != "" {
		out = append(out, fmt.Sprintf("attempt %d: %s", a.number-1, term.OneLine(a.failure)))
	}
	return out
}
