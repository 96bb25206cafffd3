package saga

import (
	"reflect"
	"slices"
)

// task is an action with its input, its types erased.
type task struct {
	path     string
	slot     int // of its result among the values: its position in the flow as its author built it
	scope    *Flow
	summary  string
	do, undo string
	noUndo   string
	doOpts   Options
	undoOpts Options
	pivot    bool
	leftOut  bool // of a targeted run
	swapped  bool // out of the flow
	lock     bool // takes locks
	takes    reflect.Type
	gave     reflect.Type
	when     *condition
	needs    []need // what must be done before, in the flow's order
	input    func(*values) (any, error)
	argument func(in any, m Mark) any // what the activity is given
	result   encode
	decodes  func(result []byte) error // whether a result is of the right type
	about    func(result []byte) facts
}

// TaskOption changes one task.
type TaskOption func(*task)

// After orders a task behind others whose data it does not need.
func After(before ...Dependency) TaskOption {
	return func(t *task) {
		var all []need
		for _, d := range before {
			from, needs := d.order()
			if from != nil && from != t.scope.root {
				t.scope.problem("task %s: After names a task of %s: only tasks of the same flow can be ordered", t.path, from.name)
				continue
			}
			all = append(all, needs...)
		}
		slices.SortFunc(all, func(a, b need) int { return a.task - b.task })
		t.needs = union(t.needs, slices.Compact(all))
	}
}

// Summary says in a few words what the task is about, for people who watch the
// run. It is shown by the Web UI; 200 bytes at most; no secrets.
func Summary(text string) TaskOption { return func(t *task) { t.summary = text } }

// Pivot declares the task the point of no return: once it has succeeded the
// run only goes forward. Tasks that fail then are tried again, and nothing is
// undone any more. A mistake in a function of the flow then makes the run STUCK.
//
// A pivot may succeed when it was already to be undone, such as one that is awaited
// (see [AwaitSiblings]): a scope that was to be tried again goes on then, and tries
// again what failed; a run that was being taken back stops where it is, and so does one
// whose pivot is in a child workflow, in both cases.
func Pivot() TaskOption { return func(t *task) { t.pivot = true } }

// RunWith gives the task's activity options of its own.
func RunWith(o Options) TaskOption { return func(t *task) { t.doOpts = o } }

// UndoRunWith gives the task's undo options of its own.
func UndoRunWith(o Options) TaskOption { return func(t *task) { t.undoOpts = o } }

// Add adds a task to a flow or scope and returns the ref to its result.
// Mistakes are kept and reported together when the flow is run or validated.
func Add[In, Out any](f *Flow, name string, a Action[In, Out], in Ref[In], options ...TaskOption) Ref[Out] {
	t := &task{path: f.join(name), scope: f, needs: in.needs, takes: reflect.TypeFor[In](), gave: reflect.TypeFor[Out]()}
	t.input = func(v *values) (any, error) { return in.get(v) }
	setAction(t, a)
	f.root.checkName(t.path, name)
	t.check(a.problem(), in.flow, in.get == nil)
	for _, o := range options {
		o(t)
	}
	return taskResult[Out](f.root, f.root.place(t))
}

// setAction gives a task its action.
func setAction[In, Out any](t *task, a Action[In, Out]) {
	t.do, t.undo, t.noUndo, t.doOpts, t.undoOpts = a.do, a.undo, a.noUndo, a.doOpts, a.undoOpts
	t.result, t.decodes = encodeResult[Out], decodesAs[Out]
	t.argument, t.about = func(v any, _ Mark) any { return v }, noFacts
	if a.effect {
		t.argument = func(v any, m Mark) any {
			return Intent[In]{Task: t.path, Mark: m, Undo: a.undo, Pivot: t.pivot, UndoOptions: t.undoOptions(), In: v.(In)}
		}
		t.about = factsOf[Out]
	}
}

// undoOptions are those of the undo that whoever undoes it has to be told.
func (t *task) undoOptions() *Options {
	if t.undo == "" {
		return nil
	}
	return t.undoOpts.OrNil()
}

// place adds a task to the flow and returns its position: that of a task of the
// same path and type which was swapped out, so that refs to it hold.
func (f *Flow) place(t *task) int {
	for i, old := range f.tasks[:f.swapped] {
		if old.swapped && old.path == t.path && old.gives(t.gave) {
			f.tasks[i], t.slot = t, i
			return i
		}
	}
	t.slot = len(f.tasks)
	f.tasks = append(f.tasks, t)
	return t.slot
}

// check records what is wrong with a new task.
func (t *task) check(action string, inputFrom *Flow, noInput bool) {
	root := t.scope.root
	if action != "" {
		root.problem("task %s: %s", t.path, action)
	}
	if noInput {
		root.problem("task %s: the input is an empty ref: make it with Value, From or Collect", t.path)
	}
	if inputFrom != nil && inputFrom != root {
		root.problem("task %s: the input comes from %s: use refs of this flow only", t.path, inputFrom.name)
		t.needs = nil
	}
	if root.forwardOnly != "" && t.undo != "" {
		root.problem("task %s: it has an undo, but the flow only goes forward", t.path)
	}
}

// label is what the Web UI calls the task's activity.
func (t *task) label() string {
	if t.summary == "" {
		return t.path
	}
	return t.path + ": " + t.summary
}
