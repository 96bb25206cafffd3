package saga

import (
	"fmt"
	"slices"
)

// TaskState is where one task of a run stands.
type TaskState string

// The states of a task. A task without undo keeps its state in a revert.
const (
	TaskPending       TaskState = "PENDING"        // not begun; nothing to undo
	TaskRunning       TaskState = "RUNNING"        // its activity is scheduled: the effect may exist
	TaskSuccess       TaskState = "SUCCESS"        // the result is known
	TaskFailure       TaskState = "FAILURE"        // no result; the effect may exist
	TaskReverting     TaskState = "REVERTING"      // its undo is scheduled
	TaskReverted      TaskState = "REVERTED"       // the effect is absent
	TaskRevertFailure TaskState = "REVERT_FAILURE" // its undo failed and will be tried again
)

// taskMoves lists every legal transition of a task.
var taskMoves = map[TaskState][]TaskState{
	TaskPending:       {TaskRunning, TaskFailure}, // FAILURE: the input could not be computed
	TaskRunning:       {TaskSuccess, TaskFailure},
	TaskSuccess:       {TaskReverting},
	TaskFailure:       {TaskReverting, TaskRunning}, // RUNNING: a forward-only flow tries again
	TaskReverting:     {TaskReverted, TaskRevertFailure},
	TaskReverted:      {},
	TaskRevertFailure: {TaskReverting},
}

// RunState is where a run stands.
type RunState string

// The states of a run. COMMITTED, REVERTED and STOPPED are final.
const (
	RunPending   RunState = "PENDING"
	RunRunning   RunState = "RUNNING"
	RunReverting RunState = "REVERTING"
	RunStuck     RunState = "STUCK"     // past the undo deadline; still trying, and a person should look
	RunCommitted RunState = "COMMITTED" // every task succeeded
	RunReverted  RunState = "REVERTED"  // every effect is absent
	RunStopped   RunState = "STOPPED"   // a forward-only run was cancelled; what it did stays done
)

// runMoves lists every legal transition of a run.
var runMoves = map[RunState][]RunState{
	RunPending:   {RunRunning},
	RunRunning:   {RunCommitted, RunReverting, RunStuck, RunStopped}, // STUCK, STOPPED: forward-only
	RunReverting: {RunReverted, RunStuck},
	RunStuck:     {RunReverted, RunCommitted, RunStopped},
	RunCommitted: {},
	RunReverted:  {},
	RunStopped:   {},
}

// Final reports whether a run in this state has ended.
func (s RunState) Final() bool { return len(runMoves[s]) == 0 }

// move changes a state and panics if the table does not allow it: that is a
// mistake in this package, and going on would hide it.
func move[S ~string](moves map[S][]S, state *S, to S) {
	if !slices.Contains(moves[*state], to) {
		panic(fmt.Sprintf("saga: illegal transition %s to %s", *state, to))
	}
	*state = to
}
