package engine

import (
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

const (
	// maxStep is how many bytes a step of a run sends before it leaves the rest to the
	// next step. What is begun below it may go over it, by one input at the most.
	maxStep = 1 << 20

	// maxCall is how many bytes one call carries, or one query returns. The engine
	// refuses 2 MiB; what a data converter adds has room.
	maxCall = 3 << 19

	// commandBytes is what a command takes beside its data: ids, names and options.
	commandBytes = 300
)

// step counts what a run sends to the engine in one workflow task. The engine takes all
// of it in one message, and terminates a run whose message is over 4 MiB.
type step struct {
	history   int // length of history, which tells steps apart
	bytes     int
	refused   bool // something waits for the next step
	scheduled bool // a timer makes sure that there is one
}

// current returns the step that is under way.
func (r *run) current() *step {
	if n := workflow.GetInfo(r.ctx).GetCurrentHistoryLength(); n != r.step.history {
		r.step.history, r.step.bytes = n, 0
	}
	return &r.step
}

// spend counts a command with so many bytes of data.
func (r *run) spend(bytes int) { r.current().bytes += bytes + commandBytes }

// stepIsFull reports whether what could begin now must wait for the next step, and notes
// that something does.
func (r *run) stepIsFull() bool {
	s := r.current()
	if s.bytes < maxStep {
		return false
	}
	s.refused = true
	return true
}

// scheduleStep starts a timer if something waits for the next step. Without it that would
// wait until an activity ends.
func (r *run) scheduleStep() {
	s := &r.step
	if !s.refused || s.scheduled {
		return
	}
	s.refused, s.scheduled = false, true
	full := s.history
	r.after(r.detached, time.Millisecond, "the next step", func() {
		s.scheduled = false
		if r.current().history == full { // in the test environment, which has no history
			s.bytes = 0
		}
	})
}

// undoBytes returns what the undo of an entry sends.
func undoBytes(e *ledger.Entry, cause string) int {
	return len(e.In) + len(e.Out) + len(e.Task) + len(e.Mark) + len(cause)
}

// answerLedger answers [ledger.LedgerQuery].
func (r *run) answerLedger() (*ledger.Ledger, error) {
	bytes := 0
	for i := range r.ledger.Tasks {
		bytes += undoBytes(&r.ledger.Tasks[i], "") + commandBytes
	}
	if bytes <= ledger.MaxUndo { // and so its JSON need not be counted
		return r.ledger, nil
	}
	text, err := json.Marshal(r.ledger)
	if err != nil || len(text) <= maxCall {
		return r.ledger, err
	}
	return nil, fmt.Errorf("the ledger has %d bytes, and one answer holds %d: the query %q returns it in parts; its "+
		"argument is the number of the part, from 1", len(text), maxCall, ledger.RecordQuery)
}
