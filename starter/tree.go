package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"novaflow/saga"
)

// line is one line of the drawing of a run, cut into what is coloured apart.
type line struct {
	lead  string // drawing
	name  string
	state string // word of the state, "" in a line that only has a note
	took  string
	note  string
	tone  tone
}

// words are what people read for the states of tasks.
var words = map[saga.TaskState]struct {
	text string
	tone tone
}{
	saga.TaskPending:       {"waiting", faint},
	saga.TaskRunning:       {"running", bold},
	saga.TaskSuccess:       {"done", good},
	saga.TaskFailure:       {"failed", bad},
	saga.TaskReverting:     {"undoing", warn},
	saga.TaskReverted:      {"undone", warn},
	saga.TaskRevertFailure: {"undo fails", bad},
	saga.TaskSkipped:       {"skipped", faint},
	saga.TaskAbandoned:     {"undo given up", bad},
}

// tree draws a run: a headline, then a line per task, and more lines for
// failures.
func tree(s snapshot) []line {
	lines := []line{headline(s)}
	if s.ledger == nil {
		return lines
	}
	for _, b := range s.ledger.Branches() {
		lines = append(lines, taskLines(s, b)...)
	}
	return lines
}

// headline says which run it is and where it stands.
func headline(s snapshot) line {
	state, t := runWord(s)
	end := s.now
	if s.ended() {
		end = s.closed
	}
	return line{name: s.workflow, state: state, took: duration(end.Sub(s.started)), tone: t}
}

// taskLines draws one task.
func taskLines(s snapshot, b saga.Branch) []line {
	e := s.ledger.Tasks[b.Entry]
	w := words[e.State]
	switch {
	case e.State == saga.TaskPending && s.ledger.Cause != "" && s.ledger.State != saga.RunHeld:
		w.text = "not begun"
	case e.State == saga.TaskRevertFailure && e.Undoing.IsZero():
		w.text, w.tone = "undo waits", warn
	}
	lines := []line{{lead: b.Lead, name: e.Task, state: w.text, took: taskTime(s, e), note: note(s, e, b.Also), tone: w.tone}}
	for _, trouble := range troubles(s, e) {
		lines = append(lines, line{lead: b.Rest, note: trouble, tone: bad})
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
	return duration(to.Sub(from))
}

// note says what a task is about and what it is doing.
func note(s snapshot, e saga.Entry, also []string) string {
	var parts []string
	a, busy := liveAttempt(s, e)
	switch {
	case busy && a.report != "":
		parts = append(parts, oneLine(a.report))
	case e.Summary != "":
		parts = append(parts, oneLine(e.Summary))
	}
	if busy && a.number > 1 {
		parts = append(parts, attemptText(a, s.now))
	}
	if e.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("try %d of its scope", e.Attempt))
	}
	if e.Note != "" {
		parts = append(parts, oneLine(e.Note))
	}
	if e.State == saga.TaskPending && len(also) > 0 {
		parts = append(parts, "also after "+strings.Join(also, ", "))
	}
	return strings.Join(parts, "; ")
}

func attemptText(a attempt, now time.Time) string {
	if a.next.After(now) {
		return fmt.Sprintf("attempt %d in %s", a.number, duration(a.next.Sub(now)))
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
		out = append(out, oneLine(e.Error))
	}
	if e.UndoError != "" && e.State != saga.TaskReverted {
		out = append(out, "undo: "+oneLine(e.UndoError))
	}
	if a, ok := liveAttempt(s, e); ok && a.failure != "" {
		out = append(out, fmt.Sprintf("attempt %d: %s", a.number-1, oneLine(a.failure)))
	}
	return out
}

// oneLine keeps a text from breaking the drawing.
func oneLine(s string) string { return harmless(strings.Join(strings.Fields(s), " ")) }

// harmless is a text without what a terminal would obey: names and reasons are written by
// others, and a cloud hands on what it was given.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return '\uFFFD'
		}
		return r
	}, s)
}

// duration is a time span as people say it.
func duration(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}
