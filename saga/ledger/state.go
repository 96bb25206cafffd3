package ledger

import (
	"fmt"
	"slices"
)

// TaskStates is the order of the states in what is printed.
var TaskStates = []TaskState{
	TaskPending, TaskRunning, TaskSuccess, TaskFailure, TaskSkipped, TaskReverting, TaskReverted, TaskRevertFailure,
	TaskAbandoned,
}

// TaskState is where one task of a run stands.
type TaskState string

// The states of a task. A task without undo keeps its state in a revert.
const (
	TaskPending       TaskState = "PENDING"        // not begun; nothing to undo
	TaskRunning       TaskState = "RUNNING"        // its activity is scheduled: the effect may exist
	TaskSuccess       TaskState = "SUCCESS"        // the result is known
	TaskFailure       TaskState = "FAILURE"        // no result; the effect may exist
	TaskSkipped       TaskState = "SKIPPED"        // a condition or an operator passed it over
	TaskReverting     TaskState = "REVERTING"      // its undo is scheduled
	TaskReverted      TaskState = "REVERTED"       // the effect is absent
	TaskRevertFailure TaskState = "REVERT_FAILURE" // its undo failed and will be tried again
	TaskAbandoned     TaskState = "ABANDONED"      // an operator gave up its undo: the effect may exist for good
)

// taskMoves lists every legal transition of a task. Back to PENDING: its scope
// is tried again.
var taskMoves = map[TaskState][]TaskState{
	TaskPending: {TaskRunning, TaskFailure, TaskSkipped}, // FAILURE: the input could not be computed
	TaskRunning: {TaskSuccess, TaskFailure},
	TaskSuccess: {TaskReverting, TaskPending},
	// RUNNING: held or past the pivot
	TaskFailure: {TaskReverting, TaskRunning, TaskFailure, TaskSkipped, TaskPending},
	// REVERTING: skipped after it had begun
	TaskSkipped:       {TaskReverting, TaskPending},
	TaskReverting:     {TaskReverted, TaskRevertFailure, TaskAbandoned},
	TaskReverted:      {TaskPending},
	TaskRevertFailure: {TaskReverting, TaskAbandoned},
	TaskAbandoned:     {TaskPending},
}

// RunState is where a run stands.
type RunState string

// The states of a run. COMMITTED, REVERTED and STOPPED are final.
const (
	RunPending   RunState = "PENDING"
	RunRunning   RunState = "RUNNING"
	RunPaused    RunState = "PAUSED" // an operator paused it between tasks
	RunHeld      RunState = "HELD"   // a task failed and an operator is to decide
	RunReverting RunState = "REVERTING"
	RunStuck     RunState = "STUCK"     // past the undo deadline; still trying, and needs a decision
	RunCommitted RunState = "COMMITTED" // every task succeeded or was skipped
	RunReverted  RunState = "REVERTED"  // every effect is absent
	RunStopped   RunState = "STOPPED"   // ended by an operator where it was; what it did stays done
)

// runMoves lists every legal transition of a run.
var runMoves = map[RunState][]RunState{
	RunPending:   {RunRunning},
	RunRunning:   {RunPaused, RunHeld, RunReverting, RunStuck, RunCommitted, RunStopped},
	RunPaused:    {RunRunning, RunHeld, RunReverting, RunStuck, RunStopped},
	RunHeld:      {RunPaused, RunRunning, RunReverting, RunStopped},
	RunReverting: {RunPaused, RunStuck, RunReverted, RunStopped},
	RunStuck:     {RunPaused, RunHeld, RunRunning, RunReverting, RunReverted, RunCommitted, RunStopped},
	RunCommitted: {},
	RunReverted:  {},
	RunStopped:   {},
}

// Final reports whether a run in this state has ended.
func (s RunState) Final() bool { return len(runMoves[s]) == 0 }

// Move changes the state of a task and panics if no task may go there from where it is:
// that is a mistake in the engine, and going on would hide it.
func (s *TaskState) Move(to TaskState) { moveState(taskMoves, s, to) }

// Move changes the state of a run and panics if no run may go there from where it is.
func (s *RunState) Move(to RunState) { moveState(runMoves, s, to) }

// moveState changes a state and panics if the table does not allow it.
func moveState[S ~string](moves map[S][]S, state *S, to S) {
	if !slices.Contains(moves[*state], to) {
		panic(fmt.Sprintf("saga: illegal transition %s to %s", *state, to))
	}
	*state = to
}
