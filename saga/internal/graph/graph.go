package graph

import (
	"encoding/json"
	"reflect"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga/ledger"
)

// Flow is a flow as a whole: its tasks, its scopes, and what holds for all of them. As a
// scope it is the outermost one. Nothing changes it once it has been compiled.
type Flow struct {
	Scope

	Whole *Flow // the flow of which this is a part, see PartOf; nil: it is whole

	UndoDeadline time.Duration    // a revert that takes longer makes the run STUCK
	ForwardOnly  string           // why the flow never reverts; "" for a flow that does
	RevertCause  string           // set for a flow that reverts a run which has ended: why it does
	OnFailure    ledger.OnFailure // what a failure leads to that no scope retries
	Archiver     *Archiver        // nil: runs are not archived
	Input        json.RawMessage  // of the definition; nil for a flow without one
	Result       []Need           // what the flow's result is computed from
	Tasks        []*Task
	Scopes       []*Scope // each after the one around it; the first is the flow itself
}

// Scope is a part of a flow that is whole to tasks outside: they wait for all of it.
type Scope struct {
	Name   string // of the scope itself; the kind for a flow
	Path   string // "" for the flow itself
	Index  int    // among the scopes of its flow
	Slot   int    // among the attempts in Values: the Index that it has in the whole flow
	Parent *Scope // nil for the flow itself

	Deadline      time.Duration // of one attempt; 0: none
	Retry         func(*Values, []ledger.Failure) (Decision, error)
	Alternatives  bool // Retry goes through a list
	MaxConcurrent int  // most tasks at once; 0: any number
	AwaitSiblings bool // siblings of a failed task may finish
	When          *Condition
	Needs         []Need // of every task in the scope
	Together      *Together
	Child         bool // runs as a child workflow
}

// Task is an action with its input, its types erased.
type Task struct {
	Path    string
	Slot    int // among the results in Values: the position that it has in the whole flow
	Scope   *Scope
	Summary string

	Do, Undo    string // names of activities
	NoUndo      string // why there is no undo
	DoOptions   ledger.Options
	UndoOptions ledger.Options

	Pivot    bool
	Excluded bool // not needed by a run of some tasks only
	Swapped  bool // no part of the flow any more
	Lock     bool // its activity takes locks
	Needs    []Need
	When     *Condition

	Takes reflect.Type // of the input
	Gives reflect.Type // of the result

	// The functions of the flow's author, and what knows their types.

	Input       func(*Values) (any, error)
	Argument    func(in any, m ledger.Mark) any // what the activity is called with
	Result      Encode
	CheckResult func(result []byte) error // reports a result of another type
	ReadFacts   func(result []byte) Facts
}

// Encode waits for an activity and keeps its result as JSON.
type Encode func(workflow.Context, workflow.Future) ([]byte, error)

// Need is a task that must be done before.
type Need struct {
	Task   int  // position in the flow
	Result bool // its result is used, so it must not have been skipped
}

// Values are what inputs, conditions and policies are computed from. Every reader of a
// result decodes its own copy, so that no task can change what another one sees.
type Values struct {
	Results  []json.RawMessage // by Slot of the task; nil if there is none
	Attempts []int             // by Slot of the scope; counted from 1
	Run      string            // id of the run
}

// Condition says whether a task or a scope is to run.
type Condition struct {
	Needs []Need
	Holds func(*Values) (bool, error)
}

// Decision is what a retry policy says. Its zero value gives up.
type Decision struct {
	Verdict Verdict
	After   time.Duration // the pause before the next attempt
}

// Verdict is how a scope goes on after a failure.
type Verdict int

// The verdicts.
const (
	VerdictGiveUp Verdict = iota // ask the scope around
	VerdictAgain                 // undo the scope and run it once more
	VerdictAbort                 // undo everything
)

// Together is one operation in the place of the undos of a scope.
type Together struct {
	Undo    string // name of the activity
	Options ledger.Options
}

// Archiver is the activity that keeps the record of runs.
type Archiver struct {
	Do      string // name of the activity
	Options ledger.Options
}

// Facts are what a result says beside its data.
type Facts struct {
	Resources []string // ids
	RequestID string   // id of the request that had the effect
}

// NoFacts reads the result of what has no effect, or is of an unknown type.
func NoFacts([]byte) Facts { return Facts{} }

// RecordedUndoOptions returns the options of the undo that the record of a run needs. It
// returns nil for a task without undo, and for the default options.
func (t *Task) RecordedUndoOptions() *ledger.Options {
	if t.Undo == "" {
		return nil
	}
	return t.UndoOptions.OrNil()
}

// Label names the task's activity for the Web UI.
func (t *Task) Label() string {
	if t.Summary == "" {
		return t.Path
	}
	return t.Path + ": " + t.Summary
}

// AllNeeds returns the needs of a task and of the scopes around it.
func (t *Task) AllNeeds() []Need {
	all := t.Needs
	for s := t.Scope; s != nil; s = s.Parent {
		all = MergeNeeds(all, s.Needs)
	}
	return all
}
