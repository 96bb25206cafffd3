package runs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// transitions writes a run as a log, with a line for each transition, where a picture
// cannot be redrawn.
type transitions struct {
	state    string              // of the run
	tasks    map[string]moments  // what was written about a task
	attempts map[string]int32    // the last attempt written, by task and state
	reports  map[string]reported // the last report written, by task and state
	requests int                 // how many were written
}

// moments are what was last written about a task.
type moments struct {
	state                           saga.TaskState
	attempt                         int
	started, ended, undoing, undone time.Time
}

// reported is a report without its digits, and when it was written.
type reported struct {
	gist string
	at   time.Time
}

// countEvery is how often a report is written again that differs only in its numbers. An
// upload may take hours.
const countEvery = time.Minute

func newTransitions() *transitions {
	return &transitions{tasks: map[string]moments{}, attempts: map[string]int32{}, reports: map[string]reported{}}
}

// event is one line of the log.
type event struct {
	at   time.Time
	text string
}

// addEvent adds an event to those that are written.
type addEvent func(at time.Time, format string, args ...any)

// news returns what has happened since the last call, in order. Of what happened at one
// moment, the way forward comes first, then the run's change of direction, then the way
// back, then the end.
func (t *transitions) news(s Snapshot) []string {
	var events []event
	add := func(at time.Time, format string, args ...any) {
		events = append(events, event{at, fmt.Sprintf(format, args...)})
	}
	var tasks []saga.Entry
	if s.Ledger != nil {
		tasks = s.Ledger.Tasks
	}
	if t.state == "" {
		add(s.Started, "run %s of %s (run id %s)", s.Kind, s.Workflow, s.Run)
		t.state = string(saga.RunRunning)
	}
	for _, e := range tasks {
		t.forward(s, e, add)
	}
	t.verbs(s, add)
	if !isFinal(s) {
		t.run(s, add)
	}
	for _, e := range tasks {
		t.backward(s, e, add)
	}
	t.run(s, add)
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	var lines []string
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%11s  %s", term.Duration(e.at.Sub(s.Started)), e.text))
	}
	return lines
}

// isFinal reports whether the run is in its last state.
func isFinal(s Snapshot) bool { return s.Ended() || s.Ledger != nil && s.Ledger.State.Final() }

// run reports what has changed about the run as a whole.
func (t *transitions) run(s Snapshot, add addEvent) {
	if is := StateOf(s); is != t.state {
		t.state = is
		why := ""
		if is == string(saga.RunHeld) {
			why = ": " + term.OneLine(s.Ledger.Cause)
		}
		add(stateTime(s), "run %s%s", is, why)
	}
}

// verbs reports which verbs the run was sent.
func (t *transitions) verbs(s Snapshot, add addEvent) {
	if s.Ledger == nil {
		return
	}
	for _, q := range s.Ledger.Requests[min(t.requests, len(s.Ledger.Requests)):] {
		text := strings.TrimSpace(fmt.Sprintf("%s %s", q.Verb, cmp.Or(q.Task, string(q.Policy))))
		if q.By != "" {
			text += " by " + q.By
		}
		if q.Reason != "" {
			text += ": " + term.OneLine(q.Reason)
		}
		add(q.Time, "requested: %s", text)
	}
	t.requests = len(s.Ledger.Requests)
}

// forward reports how a task went on. It compares the times in the ledger, because a task
// may have gone through several states since the last look.
func (t *transitions) forward(s Snapshot, e saga.Entry, add addEvent) {
	before := t.tasks[e.Task]
	if before.attempt > 0 && e.Attempt > before.attempt { // nothing of the last attempt counts
		before = moments{state: saga.TaskPending}
		t.tasks[e.Task] = before
		when := e.Started
		if when.IsZero() {
			when = s.Now
		}
		add(when, "%s: try %d of its scope", e.Task, e.Attempt)
	}
	about := ""
	if e.Summary != "" {
		about = " (" + term.OneLine(e.Summary) + ")"
	}
	if e.State == saga.TaskSkipped && before.state != e.State {
		add(s.Now, "%s: skipped: %s", e.Task, cmp.Or(term.OneLine(e.Note), "its condition does not hold"))
		return
	}
	if e.Started.Before(s.Started) && !e.Started.IsZero() {
		return // of the run that this one reverts
	}
	if e.State == saga.TaskRunning && !e.Started.Equal(before.started) {
		add(e.Started, "%s: started%s", e.Task, about)
	}
	if failed := e.State == saga.TaskFailure && before.state != e.State; failed || !e.Ended.Equal(before.ended) {
		addEnd(s, e, about, add)
	}
}

// backward reports how a task was undone, and about its attempts.
func (t *transitions) backward(s Snapshot, e saga.Entry, add addEvent) {
	before := t.tasks[e.Task]
	t.tasks[e.Task] = moments{e.State, e.Attempt, e.Started, e.Ended, e.Undoing, e.Undone}
	switch {
	case !e.Undone.IsZero() && e.Undone.Before(s.Started):
	case e.State == saga.TaskAbandoned && before.state != e.State:
		add(s.Now, "%s: undo given up: %s", e.Task, term.OneLine(e.Note))
	case !e.Undone.Equal(before.undone):
		add(e.Undone, "%s: undone in %s", e.Task, term.Duration(e.Undone.Sub(e.Undoing)))
	case !e.Undoing.Equal(before.undoing):
		add(e.Undoing, "%s: undoing", e.Task)
	}
	if e.State == saga.TaskRevertFailure && before.state != e.State {
		how := "failed and will be tried again"
		if e.Undoing.IsZero() {
			how = "waits"
		}
		add(s.Now, "%s: undo %s: %s", e.Task, how, term.OneLine(e.UndoError))
	}
	t.attempt(s, e, add)
}

// addEnd reports how a task ended. A task whose input could not be computed has no times.
func addEnd(s Snapshot, e saga.Entry, about string, add addEvent) {
	when := e.Ended
	if when.IsZero() {
		when = s.Now
	}
	if e.Error != "" {
		add(when, "%s: failed: %s", e.Task, term.OneLine(e.Error))
		return
	}
	add(when, "%s: done in %s%s", e.Task, term.Duration(e.Ended.Sub(e.Started)), about)
}

// attempt reports attempts that failed and are followed by others, and what the
// current attempt reports. A report that differs only in its numbers is written once in a
// while.
func (t *transitions) attempt(s Snapshot, e saga.Entry, add addEvent) {
	a, busy := liveAttempt(s, e)
	if !busy {
		return
	}
	id := e.Task + " " + string(e.State)
	if a.failure != "" && a.number > t.attempts[id] {
		t.attempts[id] = a.number
		add(s.Now, "%s: attempt %d failed: %s", e.Task, a.number-1, term.OneLine(a.failure))
	}
	last, gist := t.reports[id], withoutDigits(a.report)
	if gist != last.gist || gist != "" && s.Now.Sub(last.at) >= countEvery {
		t.reports[id] = reported{gist, s.Now}
		add(s.Now, "%s: %s", e.Task, term.OneLine(a.report))
	}
}

// withoutDigits removes the digits of a text, so that a count alone does not make it
// another text.
func withoutDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
}

// stateTime returns when the run entered its state, as far as is known.
func stateTime(s Snapshot) time.Time {
	switch {
	case s.Ended():
		return s.Closed
	case s.Ledger != nil && !s.Ledger.Ended.IsZero():
		return s.Ledger.Ended
	}
	when := s.Now
	if s.Ledger != nil && s.Ledger.State == saga.RunReverting {
		for _, e := range s.Ledger.Tasks {
			if !e.Undoing.IsZero() && e.Undoing.Before(when) {
				when = e.Undoing // the first undo starts at once
			}
		}
	}
	return when
}
