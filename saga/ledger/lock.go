package ledger

import (
	"encoding/json"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"
)

// LockName is the name under which [Register] registers the workflow that stands
// for a lock. Its workflow id is the one of the runs that change the locked resource,
// so the engine lets neither them nor another lock start while it is there.
const LockName = "NovaflowLock"

// LockKind is the kind of a lock, as AttributeKind has it.
const LockKind = "lock"

// ErrTypeLocked is the type of the failure of a task that could not take a lock
// because something else holds it. The message begins with the lock's id.
const ErrTypeLocked = "Locked"

// MemoHolder is the field of a lock's memo that says who holds it: a [Holder].
const MemoHolder = "holder"

// Holder is the run that holds a lock.
type Holder struct {
	Workflow string `json:"workflow"` // id of the workflow that the run is
	Run      string `json:"run"`      // see RunID
	Flow     string `json:"flow"`     // kind of the run
	Task     string `json:"task"`     // that took the lock
	// Execution is the engine's id of the execution that took the lock. Locks of
	// earlier versions do not have it.
	Execution string `json:"execution,omitempty"`
}

// LockInput is the input of the workflow [LockName]. It is what history knows of
// the lock.
type LockInput struct {
	ID     string   `json:"id"`
	IDs    []string `json:"ids"`  // all that the task takes
	Mark   Mark     `json:"mark"` // of the task
	Holder Holder   `json:"holder"`
}

// SignalContended notifies a lock that another run wants it, so that it looks whether
// its holder is still there. The engine ends the locks of a run that has ended,
// but not those of an execution that was reset: the next one releases them, and
// may itself have been terminated before it could.
const SignalContended = "novaflow-contended"

// Locks lists the ids of the locks that the run has taken, in their order.
func (l *Ledger) Locks() (ids []string) {
	for _, e := range l.Tasks {
		if !e.IsLock() || e.State != TaskSuccess {
			continue
		}
		for _, id := range e.LockIDs() {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// IsLock reports whether the task takes locks.
func (e *Entry) IsLock() bool { return e.Activity == LockName }

// LockIDs returns the ids of the locks that a task takes.
func (e *Entry) LockIDs() (ids []string) {
	if json.Unmarshal(e.In, &ids) != nil {
		return nil
	}
	return ids
}

// CarrierName is the workflow that takes a lock for a run after a reset. The run
// cannot take it itself: its history may have a lock of the execution before that
// never closes there, and the SDK starts no second child with the same id
// (temporalio/sdk-go#1041, #1536). A carrier has an id of its own, and the lock is
// its child, so the lock still ends with the run even if nobody releases it.
const CarrierName = "NovaflowLockCarrier"

// CarrierInput says which lock to take, and which run to notify.
type CarrierInput struct {
	Lock     LockInput          `json:"lock"`
	For      workflow.Execution `json:"for"`
	Projects []string           `json:"projects,omitempty"` // of the run, one or none
}

// SignalCarried names the signal that notifies an execution of a run that a carrier has
// the lock of an id. Its argument is the lock's execution. The execution is in the name,
// because the engine gives the one after a reset the signals of the one before, whose
// lock may be gone.
func SignalCarried(execution, id string) string {
	return carriedPrefix + execution + ":" + id
}

const carriedPrefix = "novaflow-carried:"

// ParseCarried returns the id of the lock that a signal is about, if it says that one is
// carried.
func ParseCarried(signal string) (id string, ok bool) {
	signal, ok = strings.CutPrefix(signal, carriedPrefix)
	_, id, found := strings.Cut(signal, ":")
	return id, ok && found
}
