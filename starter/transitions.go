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
	tasks    map[string]saga.TaskState
	attempts map[string]int32 // the last attempt told about, by activity
	state    string           // of the run
}

func newTransitions() *transitions {
	return &transitions{tasks: map[string]saga.TaskState{}, attempts: map[string]int32{}}
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

// task tells what has changed about one task.
func (t *transitions) task(s snapshot, e saga.Entry, say teller) {
	if e.State != t.tasks[e.Task] && e.State != saga.TaskPending {
		t.tasks[e.Task] = e.State
		t.moved(s, e, say)
	}
	a, busy := liveAttempt(s, e)
	id := e.Task + string(e.State)
	if busy && a.failure != "" && a.number > t.attempts[id] {
		t.attempts[id] = a.number
		say(s.now, "%s: attempt %d failed: %s", e.Task, a.number-1, oneLine(a.failure))
	}
}

// moved tells the state that a task is in now.
func (t *transitions) moved(s snapshot, e saga.Entry, say teller) {
	text := ""
	if e.Summary != "" {
		text = " (" + oneLine(e.Summary) + ")"
	}
	switch e.State {
	case saga.TaskRunning:
		say(e.Started, "%s: started%s", e.Task, text)
	case saga.TaskSuccess:
		say(e.Ended, "%s: done in %s%s", e.Task, duration(e.Ended.Sub(e.Started)), text)
	case saga.TaskFailure:
		say(e.Ended, "%s: failed: %s", e.Task, oneLine(e.Error))
	case saga.TaskReverting:
		say(e.Undoing, "%s: undoing", e.Task)
	case saga.TaskReverted:
		say(e.Undone, "%s: undone in %s", e.Task, duration(e.Undone.Sub(e.Undoing)))
	case saga.TaskRevertFailure:
		say(s.now, "%s: undo failed and will be tried again: %s", e.Task, oneLine(e.UndoError))
	}
}

// stateTime is when the run came into its state, as far as is known.
func stateTime(s snapshot) time.Time {
	if s.ended() {
		return s.closed
	}
	return s.now
}
