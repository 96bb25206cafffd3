package saga

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"go.temporal.io/sdk/workflow"
)

// DefaultDeadline is how long a run may take before it reverts, unless
// [Deadline] says otherwise.
const DefaultDeadline = time.Hour

// DefaultUndoDeadline is how long a revert may take before the run counts as
// STUCK, unless [UndoDeadline] says otherwise.
const DefaultUndoDeadline = 10 * time.Minute

// Flow is a set of tasks and the data that runs between them. Build one per run
// with [NewFlow] and [Add], from nothing but the run's input.
type Flow struct {
	name         string
	deadline     time.Duration
	undoDeadline time.Duration
	forwardOnly  string // the reason; "" for a flow that reverts
	tasks        []*task
	problems     []error
}

// task is an action with its input, its types erased.
type task struct {
	name     string
	summary  string
	do, undo string
	noUndo   string
	doOpts   Options
	undoOpts Options
	needs    []int // positions of the tasks that must have succeeded before
	input    func(results) (any, error)
	argument func(in any, m Mark) any // what the activity is given
	result   func(workflow.Context, workflow.Future) ([]byte, error)
	id       func(result []byte) string // the id of what the task made, nil for reads
}

// FlowOption changes a flow as a whole.
type FlowOption func(*Flow)

// Deadline sets how long a run may take before it reverts. It is a timer in the
// workflow: unlike a workflow timeout it leaves the run able to undo.
func Deadline(d time.Duration) FlowOption { return func(f *Flow) { f.deadline = d } }

// UndoDeadline sets how long a revert may take before the run counts as STUCK.
// The revert goes on all the same.
func UndoDeadline(d time.Duration) FlowOption { return func(f *Flow) { f.undoDeadline = d } }

// ForwardOnly declares that the flow never reverts, and why, such as a flow
// that deletes. Its tasks have no undo. A task that fails is tried again
// without end while independent ones go on; past the deadline the run counts as
// STUCK. Cancellation stops the run where it is.
func ForwardOnly(reason string) FlowOption { return func(f *Flow) { f.forwardOnly = reason } }

// NewFlow starts a flow. The name is a kind, such as "server-create".
func NewFlow(name string, options ...FlowOption) *Flow {
	f := &Flow{name: name, deadline: DefaultDeadline, undoDeadline: DefaultUndoDeadline}
	for _, o := range options {
		o(f)
	}
	if !validName.MatchString(name) {
		f.problem("flow %q: the name must match %s", name, validName)
	}
	if f.deadline <= 0 || f.undoDeadline <= 0 {
		f.problem("flow %s: deadlines must be positive", name)
	}
	return f
}

// validName leaves out what marks and paths use as separators.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// TaskOption changes one task.
type TaskOption func(*Flow, *task)

// Dependency is anything that a task can be ordered after: a [Ref].
type Dependency interface{ order() (*Flow, []int) }

func (r Ref[T]) order() (*Flow, []int) { return r.flow, r.needs }

// After orders a task behind others whose data it does not need.
func After(before ...Dependency) TaskOption {
	return func(f *Flow, t *task) {
		for _, d := range before {
			from, needs := d.order()
			if from != nil && from != f {
				f.problem("task %s: After names a task of %s: only tasks of the same flow can be ordered", t.name, from.name)
				continue
			}
			t.needs = union(t.needs, needs)
		}
	}
}

// Summary says in a few words what the task is about, for people who watch the
// run. It is shown by the Web UI; 200 bytes at most; no secrets.
func Summary(text string) TaskOption { return func(_ *Flow, t *task) { t.summary = text } }

// Add adds a task to the flow and returns the ref to its result. Mistakes are
// kept and reported together when the flow is run or validated.
func Add[In, Out any](f *Flow, name string, a Action[In, Out], in Ref[In], options ...TaskOption) Ref[Out] {
	t := &task{
		name: name, do: a.do, undo: a.undo, noUndo: a.noUndo, doOpts: a.doOpts, undoOpts: a.undoOpts,
		needs: in.needs, argument: func(v any, _ Mark) any { return v },
		result: encodeResult[Out],
	}
	if a.effect {
		t.argument = func(v any, m Mark) any { return Intent[In]{Task: name, Mark: m, Undo: a.undo, In: v.(In)} }
		t.id = resourceID[Out]
	}
	f.check(t, a.problem(), in.flow, in.get == nil)
	t.input = func(r results) (any, error) { return in.get(r) }
	for _, o := range options {
		o(f, t)
	}
	f.tasks = append(f.tasks, t)
	return taskResult[Out](f, len(f.tasks)-1)
}

// check records what is wrong with a new task.
func (f *Flow) check(t *task, action string, inputFrom *Flow, noInput bool) {
	if !validName.MatchString(t.name) {
		f.problem("task %q: the name must match %s", t.name, validName)
	}
	for _, other := range f.tasks {
		if other.name == t.name {
			f.problem("task %s: the name is taken: give each task of a flow a name of its own", t.name)
		}
	}
	if action != "" {
		f.problem("task %s: %s", t.name, action)
	}
	if noInput {
		f.problem("task %s: the input is an empty ref: make it with Value, From or Collect", t.name)
	}
	if inputFrom != nil && inputFrom != f {
		f.problem("task %s: the input comes from %s: use refs of this flow only", t.name, inputFrom.name)
	}
	if f.forwardOnly != "" && t.undo != "" {
		f.problem("task %s: it has an undo, but the flow only goes forward", t.name)
	}
}

func (f *Flow) problem(format string, args ...any) {
	f.problems = append(f.problems, fmt.Errorf(format, args...))
}

// Validate returns all mistakes made while the flow was built, joined, or nil.
func (f *Flow) Validate() error {
	problems := f.problems
	if len(f.tasks) == 0 {
		problems = append(problems, fmt.Errorf("flow %s has no tasks", f.name))
	}
	return errors.Join(problems...)
}
