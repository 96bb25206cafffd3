package saga

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"
)

// DefaultDeadline is how long a run may take before it reverts, unless
// [Deadline] says otherwise.
const DefaultDeadline = time.Hour

// DefaultUndoDeadline is how long a revert may take before the run counts as
// STUCK, unless [UndoDeadline] says otherwise.
const DefaultUndoDeadline = 10 * time.Minute

// Flow is a set of tasks and the data that runs between them, and at the same
// time a scope: a flow can hold flows, to any depth, each with policies of its
// own. To tasks outside, a scope is whole: they wait for all of it.
//
// Build a flow for each run with [NewFlow] and [Add], from nothing but the run's
// input.
type Flow struct {
	Name   string
	Path   string // "" for the flow itself
	Index  int    // among the scopes
	Slot   int    // among the values: index, but in a part of a flow
	Whole  *Flow  // of which this is a part, see partOf; nil: it is whole
	Parent *Flow
	root   *Flow

	Deadline      time.Duration // 0: none
	Retry         func(*Values, []Failure) (Decision, error)
	policy        Retry              // given by Retrying
	movesOn       func(Failure) bool // whether a failure leads to the next alternative; nil: any does
	MaxConcurrent int                // most tasks at once; 0: any number
	AwaitSiblings bool               // siblings of a failed task may finish
	When          *Condition
	Needs         []Need // of every task in the scope
	Together      *Together
	Child         bool // runs as a child workflow

	// Of the whole flow, kept by the root.
	UndoDeadline time.Duration
	ForwardOnly  string // the reason; "" for a flow that reverts
	RevertCause  string // what a flow says that takes back a run which has ended; "" for others
	OnFailure    OnFailure
	Archiver     *Archiver
	Input        json.RawMessage // of the definition
	Result       []Need          // what the flow's result is made of
	Nodes        []*Task
	Scopes       []*Flow
	taken        map[string]bool // paths
	swapped      int             // tasks that were there at the last swap
	problems     []error
}

// FlowOption changes a flow or a scope as a whole.
type FlowOption func(*Flow)

// Deadline sets how long a run may take before it reverts, or an attempt at a
// scope before it counts as failed. It is a timer in the workflow: unlike a
// workflow timeout it leaves the run able to undo.
func Deadline(d time.Duration) FlowOption {
	return func(f *Flow) {
		f.Deadline = d
		if d <= 0 {
			f.problem("%s: a deadline of %s has passed before it begins: give a positive one", f.Label(), d)
		}
	}
}

// UndoDeadline sets how long a revert may take before the run counts as STUCK.
// The revert goes on all the same.
func UndoDeadline(d time.Duration) FlowOption {
	return func(f *Flow) {
		f.UndoDeadline = d
		if d <= 0 || f.Parent != nil {
			f.problem("%s: UndoDeadline takes a positive time and belongs to the flow as a whole", f.Label())
		}
	}
}

// ForwardOnly declares that the flow never reverts, and why, such as a flow
// that deletes. Its tasks have no undo. A task that fails is tried again
// without end while independent ones go on; past the deadline the run counts as
// STUCK. Cancellation stops the run where it is.
func ForwardOnly(reason string) FlowOption {
	return func(f *Flow) {
		f.ForwardOnly = reason
		if f.Parent != nil || strings.TrimSpace(reason) == "" {
			f.problem("%s: ForwardOnly takes a reason and belongs to the flow as a whole: use Pivot inside a flow", f.Label())
		}
	}
}

// Retrying gives a scope a retry policy. A retry first undoes the scope.
func Retrying(policy Retry) FlowOption {
	return func(f *Flow) {
		f.Retry = func(_ *Values, failures []Failure) (Decision, error) { return policy(failures), nil }
		f.policy = policy
	}
}

// Width lets at most n tasks of the scope run at once.
func Width(n int) FlowOption {
	return func(f *Flow) {
		f.MaxConcurrent = n
		if n < 1 {
			f.problem("%s: a width of %d lets nothing run: give 1 or more", f.Label(), n)
		}
	}
}

// AwaitSiblings lets the running siblings of a failed task finish before they
// are undone, until the deadline at the latest. Without it they are cancelled.
func AwaitSiblings() FlowOption { return func(f *Flow) { f.AwaitSiblings = true } }

// NewFlow starts a flow. The name is a kind, such as "server-create".
func NewFlow(name string, options ...FlowOption) *Flow {
	f := &Flow{Name: name, Deadline: DefaultDeadline, UndoDeadline: DefaultUndoDeadline, OnFailure: OnFailureRevert, taken: map[string]bool{}}
	f.root = f
	f.Scopes = []*Flow{f}
	if !validName.MatchString(name) {
		f.problem("flow %q: the name must match %s", name, validName)
	}
	for _, o := range options {
		o(f)
	}
	return f
}

// Scope adds a scope to the flow. The names of its tasks begin with its own:
// "web/0/port".
func (f *Flow) Scope(name string, options ...FlowOption) *Flow {
	s := &Flow{Name: name, Path: f.join(name), Parent: f, root: f.root, Index: len(f.root.Scopes), Slot: len(f.root.Scopes)}
	f.root.checkName(s.Path, name)
	f.root.Scopes = append(f.root.Scopes, s)
	for _, o := range options {
		o(s)
	}
	return s
}

// join is the path of something in the scope.
func (f *Flow) join(name string) string {
	if f.Path == "" {
		return name
	}
	return f.Path + "/" + name
}

func (f *Flow) Label() string {
	if f.Parent == nil {
		return "flow " + f.Name
	}
	return "scope " + f.Path
}

// Contains reports whether the scope is s or around s.
func (f *Flow) Contains(s *Flow) bool {
	for ; s != nil; s = s.Parent {
		if s == f {
			return true
		}
	}
	return false
}

// follows orders everything in the scope behind tasks.
func (f *Flow) follows(from *Flow, needs []Need, what string) {
	if from != nil && from != f.root {
		f.problem("%s: %s comes from %s: use refs of this flow only", f.Label(), what, from.Name)
		return
	}
	for _, n := range needs {
		if f.Contains(f.root.Nodes[n.Task].Scope) {
			f.problem("%s: %s comes from task %s inside it, so it could never begin", f.Label(), what, f.root.Nodes[n.Task].Path)
			return
		}
	}
	f.Needs = MergeNeeds(f.Needs, needs)
}

// validName leaves out what marks and paths use as separators.
var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// checkName checks the name of a task or scope and that its path is new.
func (f *Flow) checkName(path, name string) {
	if !validName.MatchString(name) {
		f.problem("task %q: the name must match %s", path, validName)
	}
	if f.taken[path] {
		f.problem("task %s: the name is taken: give each task of a flow a name of its own", path)
	}
	f.taken[path] = true
}

func (f *Flow) problem(format string, args ...any) {
	f.root.problems = append(f.root.problems, fmt.Errorf(format, args...))
}

// Validate returns all mistakes made while the flow was built, joined, or nil.
func (f *Flow) Validate() error {
	problems := append([]error(nil), f.root.problems...)
	if f.root.empty() {
		problems = append(problems, fmt.Errorf("flow %s has no tasks", f.root.Name))
	}
	for _, t := range f.root.Nodes {
		problems = append(problems, f.root.unguarded(t)...)
		problems = append(problems, f.root.oversized(t)...)
		problems = append(problems, t.lockable()...)
	}
	if len(problems) == 0 {
		return f.root.unreachable()
	}
	return errors.Join(problems...)
}

// checkResult is Validate together with what is wrong with the flow's result.
func checkResult[T any](f *Flow, result Ref[T]) error {
	problems := []error{f.Validate()}
	if result.get == nil || (result.flow != nil && result.flow != f) || f.Parent != nil {
		return errors.Join(append(problems, errors.New("the flow's result is not a ref of this flow"))...)
	}
	for _, n := range result.needs {
		if maker := f.Nodes[n.Task]; n.Result && maker.skippable(f) {
			problems = append(problems, fmt.Errorf("the flow's result is that of %s, which a condition may skip: take it with saga.Optional", maker.Path))
		}
	}
	return errors.Join(problems...)
}

func (f *Flow) empty() bool {
	for _, t := range f.Nodes {
		if !t.Swapped {
			return false
		}
	}
	return true
}

// Dependency is anything that a task can be ordered after: a [Ref].
type Dependency interface{ order() (*Flow, []Need) }

func (r Ref[T]) order() (*Flow, []Need) {
	needs := make([]Need, len(r.needs))
	for i, n := range r.needs {
		needs[i] = Need{Task: n.Task}
	}
	return r.flow, needs
}

// Encode waits for an activity and keeps its result as JSON.
type Encode func(workflow.Context, workflow.Future) ([]byte, error)
