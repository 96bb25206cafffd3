package main

import (
	"fmt"
	"slices"
	"time"

	"novaflow/saga"
)

// transitions tells a run as a story, a line for each thing that happened, for
// readers that cannot be redrawn.
type transitions struct {
	state    string             // of the run
	tasks    map[string]moments // what has been told about a task
	attempts map[string]int32   // the last attempt told about, by task and state
}

// moments are when a task last did what it does.
type moments struct {
	state                           saga.TaskState
	started, ended, undoing, undone time.Time
}

func newTransitions() *transitions {
	return &transitions{tasks: map[string]moments{}, attempts: map[string]int32{}}
}

// event is one thing that happened.
type event struct {
	at   time.Time
	text string
}

// teller collects events.
type teller func(at time.Time, format string, args ...any)

// news returns what has happened since the last call, in the order in which it
// happened.
func (t *transitions) news(s snapshot) []string {
	var events []event
	say := func(at time.Time, format string, args ...any) {
		events = append(events, event{at, fmt.Sprintf(format, args...)})
	}
	t.run(s, say)
	if s.ledger != nil {
		for _, e := range s.ledger.Tasks {
			t.task(s, e, say)
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	var lines []string
	for _, e := range events {
		lines = append(lines, fmt.Sprintf("%11s  %s", duration(e.at.Sub(s.started)), e.text))
	}
	return lines
}

// run tells what has changed about the run as a whole.
func (t *transitions) run(s snapshot, say teller) {
	if t.state == "" {
		say(s.started, "run %s of %s (run id %s)", s.kind, s.workflow, s.run)
		t.state = string(saga.RunRunning)
	}
	if now := state(s); now != t.state {
		t.state = now
		say(stateTime(s), "run %s", now)
	}
}

// task tells what has changed about one task. It goes by the ledger's times,
// because a task may have gone through several states since the last look.
func (t *transitions) task(s snapshot, e saga.Entry, say teller) {
	told := t.tasks[e.Task]
	t.tasks[e.Task] = moments{e.State, e.Started, e.Ended, e.Undoing, e.Undone}
	about := ""
	if e.Summary != "" {
		about = " (" + oneLine(e.Summary) + ")"
	}
	if e.State == saga.TaskRunning && !e.Started.Equal(told.started) {
		say(e.Started, "%s: started%s", e.Task, about)
	}
	if failed := e.State == saga.TaskFailure && told.state != e.State; failed || !e.Ended.Equal(told.ended) {
		sayEnd(s, e, about, say)
	}
	switch {
	case !e.Undone.Equal(told.undone):
		say(e.Undone, "%s: undone in %s", e.Task, duration(e.Undone.Sub(e.Undoing)))
	case !e.Undoing.Equal(told.undoing):
		say(e.Undoing, "%s: undoing", e.Task)
	}
	if e.State == saga.TaskRevertFailure && told.state != e.State {
		say(s.now, "%s: undo failed and will be tried again: %s", e.Task, oneLine(e.UndoError))
	}
	t.attempt(s, e, say)
}

// sayEnd tells how a task went. One whose input could not be made has no times.
func sayEnd(s snapshot, e saga.Entry, about string, say teller) {
	when := e.Ended
	if when.IsZero() {
		when = s.now
	}
	if e.Error != "" {
		say(when, "%s: failed: %s", e.Task, oneLine(e.Error))
		return
	}
	say(when, "%s: done in %s%s", e.Task, duration(e.Ended.Sub(e.Started)), about)
}

// attempt tells about attempts that failed and are followed by others.
func (t *transitions) attempt(s snapshot, e saga.Entry, say teller) {
	a, busy := liveAttempt(s, e)
	id := e.Task + " " + string(e.State)
	if busy && a.failure != "" && a.number > t.attempts[id] {
		t.attempts[id] = a.number
		say(s.now, "%s: attempt %d failed: %s", e.Task, a.number-1, oneLine(a.failure))
	}
}

// stateTime is when the run came into its state, as far as is known.
func stateTime(s snapshot) time.Time {
	if s.ended() {
		return s.closed
	}
	when := s.now
	if s.ledger != nil && s.ledger.State == saga.RunReverting {
		for _, e := range s.ledger.Tasks {
			if !e.Undoing.IsZero() && e.Undoing.Before(when) {
				when = e.Undoing // the first undo starts at once
			}
		}
	}
	return when
}
