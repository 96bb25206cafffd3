package main

import (
	"fmt"
	"strings"
	"time"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// words are what people read for the states of tasks.
var words = map[saga.TaskState]struct {
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

// tree draws a run: a headline, then a line per task, and more lines for
// failures.
func tree(s snapshot) []term.Line {
	lines := []term.Line{headline(s)}
	if s.ledger == nil {
		return lines
	}
	for _, b := range s.ledger.Branches() {
		lines = append(lines, taskLines(s, b)...)
	}
	return lines
}

// headline says which run it is and where it stands.
func headline(s snapshot) term.Line {
	state, t := runWord(s)
	end := s.now
	if s.ended() {
		end = s.closed
	}
	return term.Line{Name: s.workflow, State: state, Took: term.Duration(end.Sub(s.started)), Tone: t}
}

// taskLines draws one task.
func taskLines(s snapshot, b saga.Branch) []term.Line {
	e := s.ledger.Tasks[b.Entry]
	w := words[e.State]
	switch {
	case e.State == saga.TaskPending && s.ledger.Cause != "" && s.ledger.State != saga.RunHeld:
		w.text = "not begun"
	case e.State == saga.TaskRevertFailure && e.Undoing.IsZero():
		w.text, w.tone = "undo waits", term.Warn
	}
	lines := []term.Line{{Lead: b.Lead, Name: e.Task, State: w.text, Took: taskTime(s, e), Note: note(s, e, b.Also), Tone: w.tone}}
	for _, trouble := range troubles(s, e) {
		lines = append(lines, term.Line{Lead: b.Rest, Note: trouble, Tone: term.Bad})
	}
	return lines
}

// taskTime is how long a task has taken or takes, or its undo if that has begun.
func taskTime(s snapshot, e saga.Entry) string {
	from, to := e.Started, e.Ended
	if !e.Undoing.IsZero() {
		from, to = e.Undoing, e.Undone
	}
	if from.IsZero() || to.IsZero() && e.State == saga.TaskAbandoned {
		return ""
	}
	if to.IsZero() {
		to = s.now
	}
	return term.Duration(to.Sub(from))
}

// note says what a task is about and what it is doing.
func note(s snapshot, e saga.Entry, also []string) string {
	var parts []string
	a, busy := liveAttempt(s, e)
	switch {
	case busy && a.report != "":
		parts = append(parts, term.OneLine(a.report))
	case e.Summary != "":
		parts = append(parts, term.OneLine(e.Summary))
	}
	if busy && a.number > 1 {
		parts = append(parts, attemptText(a, s.now))
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

// liveAttempt is the activity under way for a task.
func liveAttempt(s snapshot, e saga.Entry) (attempt, bool) {
	id := e.ActivityID()
	if e.State == saga.TaskReverting || e.State == saga.TaskRevertFailure {
		id = undoID(e)
	}
	a, ok := s.live[id]
	return a, ok
}

// troubles are the failures of a task that people should read now.
func troubles(s snapshot, e saga.Entry) []string {
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
