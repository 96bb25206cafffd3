package saga

import (
	"reflect"
	"slices"
)

// Task is an action with its input, its types erased.
type Task struct {
	Path        string
	Slot        int // of its result among the values: its position in the flow as its author built it
	Scope       *Flow
	Summary     string
	Do, Undo    string
	NoUndo      string
	DoOptions   Options
	UndoOptions Options
	Pivot       bool
	LeftOut     bool // of a targeted run
	Swapped     bool // out of the flow
	Lock        bool // takes locks
	Takes       reflect.Type
	Gives       reflect.Type
	When        *Condition
	Needs       []Need // what must be done before, in the flow's order
	Input       func(*Values) (any, error)
	Argument    func(in any, m Mark) any // what the activity is given
	Result      Encode
	CheckResult func(result []byte) error // whether a result is of the right type
	ReadFacts   func(result []byte) Facts
}

// TaskOption changes one task.
type TaskOption func(*Task)

// After orders a task behind others whose data it does not need.
func After(before ...Dependency) TaskOption {
	return func(t *Task) {
		var all []Need
		for _, d := range before {
			from, needs := d.order()
			if from != nil && from != t.Scope.root {
				t.Scope.problem("task %s: After names a task of %s: only tasks of the same flow can be ordered", t.Path, from.Name)
				continue
			}
			all = append(all, needs...)
		}
		slices.SortFunc(all, func(a, b Need) int { return a.Task - b.Task })
		t.Needs = MergeNeeds(t.Needs, slices.Compact(all))
	}
}

// Summary says in a few words what the task is about, for people who watch the
// run. It is shown by the Web UI; 200 bytes at most; no secrets.
func Summary(text string) TaskOption { return func(t *Task) { t.Summary = text } }

// Pivot declares the task the point of no return: once it has succeeded the
// run only goes forward. Tasks that fail then are tried again, and nothing is
// undone any more. A mistake in a function of the flow then makes the run STUCK.
//
// A pivot may succeed when it was already to be undone, such as one that is awaited
// (see [AwaitSiblings]): a scope that was to be tried again goes on then, and tries
// again what failed; a run that was being taken back stops where it is, and so does one
// whose pivot is in a child workflow, in both cases.
func Pivot() TaskOption { return func(t *Task) { t.Pivot = true } }

// RunWith gives the task's activity options of its own.
func RunWith(o Options) TaskOption { return func(t *Task) { t.DoOptions = o } }

// UndoRunWith gives the task's undo options of its own.
func UndoRunWith(o Options) TaskOption { return func(t *Task) { t.UndoOptions = o } }

// Add adds a task to a flow or scope and returns the ref to its result.
// Mistakes are kept and reported together when the flow is run or validated.
func Add[In, Out any](f *Flow, name string, a Action[In, Out], in Ref[In], options ...TaskOption) Ref[Out] {
	t := &Task{Path: f.join(name), Scope: f, Needs: in.needs, Takes: reflect.TypeFor[In](), Gives: reflect.TypeFor[Out]()}
	t.Input = func(v *Values) (any, error) { return in.get(v) }
	setAction(t, a)
	f.root.checkName(t.Path, name)
	t.check(a.problem(), in.flow, in.get == nil)
	for _, o := range options {
		o(t)
	}
	return taskResult[Out](f.root, f.root.place(t))
}

// setAction gives a task its action.
func setAction[In, Out any](t *Task, a Action[In, Out]) {
	t.Do, t.Undo, t.NoUndo, t.DoOptions, t.UndoOptions = a.do, a.undo, a.noUndo, a.doOpts, a.undoOpts
	t.Result, t.CheckResult = encodeResult[Out], decodesAs[Out]
	t.Argument, t.ReadFacts = func(v any, _ Mark) any { return v }, NoFacts
	if a.effect {
		t.Argument = func(v any, m Mark) any {
			return Intent[In]{Task: t.Path, Mark: m, Undo: a.undo, Pivot: t.Pivot, UndoOptions: t.RecordedUndoOptions(), In: v.(In)}
		}
		t.ReadFacts = factsOf[Out]
	}
}

// RecordedUndoOptions are those of the undo that whoever undoes it has to be told.
func (t *Task) RecordedUndoOptions() *Options {
	if t.Undo == "" {
		return nil
	}
	return t.UndoOptions.OrNil()
}

// place adds a task to the flow and returns its position: that of a task of the
// same path and type which was swapped out, so that refs to it hold.
func (f *Flow) place(t *Task) int {
	for i, old := range f.Nodes[:f.swapped] {
		if old.Swapped && old.Path == t.Path && old.hasResult(t.Gives) {
			f.Nodes[i], t.Slot = t, i
			return i
		}
	}
	t.Slot = len(f.Nodes)
	f.Nodes = append(f.Nodes, t)
	return t.Slot
}

// check records what is wrong with a new task.
func (t *Task) check(action string, inputFrom *Flow, noInput bool) {
	root := t.Scope.root
	if action != "" {
		root.problem("task %s: %s", t.Path, action)
	}
	if noInput {
		root.problem("task %s: the input is an empty ref: make it with Value, From or Collect", t.Path)
	}
	if inputFrom != nil && inputFrom != root {
		root.problem("task %s: the input comes from %s: use refs of this flow only", t.Path, inputFrom.Name)
		t.Needs = nil
	}
	if root.ForwardOnly != "" && t.Undo != "" {
		root.problem("task %s: it has an undo, but the flow only goes forward", t.Path)
	}
}

// Label is what the Web UI calls the task's activity.
func (t *Task) Label() string {
	if t.Summary == "" {
		return t.Path
	}
	return t.Path + ": " + t.Summary
}
