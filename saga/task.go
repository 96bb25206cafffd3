package saga

import (
	"reflect"
	"slices"

	"novaflow/saga/internal/graph"
)

// TaskOption changes one task.
type TaskOption func(*Flow, *graph.Task)

// After orders a task behind others whose data it does not need.
func After(before ...Dependency) TaskOption {
	return func(f *Flow, t *graph.Task) {
		var all []graph.Need
		for _, d := range before {
			if d == nil {
				f.problem("task %s: After is given nil: give it refs", t.Path)
				continue
			}
			if why := d.whyEmpty(); why != "" {
				f.problem("task %s: After is given %s", t.Path, why)
				continue
			}
			from, needs := d.order()
			if from != nil && from != f.root {
				f.problem("task %s: After names a task of %s: only tasks of the same flow can be ordered", t.Path,
					from.name())
				continue
			}
			all = append(all, needs...)
		}
		slices.SortFunc(all, func(a, b graph.Need) int { return a.Task - b.Task })
		t.Needs = graph.MergeNeeds(t.Needs, slices.Compact(all))
	}
}

// Summary says in a few words what the task is about, for people who watch the
// run. It is shown by the Web UI; 200 bytes at most; no secrets.
func Summary(text string) TaskOption { return func(_ *Flow, t *graph.Task) { t.Summary = text } }

// Pivot declares the task the point of no return: once it has succeeded the
// run only goes forward. Tasks that fail then are tried again, and nothing is
// undone any more. After a mistake in a function of the flow the run is STUCK then.
//
// A pivot may succeed when it was already to be undone, such as one that is awaited
// (see [AwaitSiblings]): a scope that was to be tried again goes on then, and tries
// again what failed; a run that was reverting stops where it is, and so does one
// whose pivot is in a child workflow, in both cases.
func Pivot() TaskOption { return func(_ *Flow, t *graph.Task) { t.Pivot = true } }

// RunWith gives the task's activity options of its own.
func RunWith(o Options) TaskOption { return func(_ *Flow, t *graph.Task) { t.DoOptions = o } }

// UndoRunWith gives the task's undo options of its own.
func UndoRunWith(o Options) TaskOption { return func(_ *Flow, t *graph.Task) { t.UndoOptions = o } }

// Add adds a task to a flow or scope and returns the ref to its result.
// Mistakes are kept and reported together when the flow is run or validated.
func Add[In, Out any](f *Flow, name string, a Action[In, Out], in Ref[In], options ...TaskOption) Ref[Out] {
	t := &graph.Task{Path: f.join(name), Scope: f.scope, Needs: in.needs, Takes: reflect.TypeFor[In](),
		Gives: reflect.TypeFor[Out]()}
	t.Input = func(v *graph.Values) (any, error) { return in.get(v) }
	setAction(t, a)
	f.root.checkName(t.Path, name)
	f.root.checkTask(t, a.problem(), in.problemIn(f))
	for _, o := range options {
		o(f, t)
	}
	return taskResult[Out](f.root, f.root.place(t))
}

// setAction gives a task its action.
func setAction[In, Out any](t *graph.Task, a Action[In, Out]) {
	t.Do, t.Undo, t.NoUndo, t.DoOptions, t.UndoOptions = a.do, a.undo, a.noUndo, a.doOpts, a.undoOpts
	t.Result, t.CheckResult = encodeResult[Out], decodesAs[Out]
	t.Argument, t.ReadFacts = func(v any, _ Mark) any { return v }, graph.NoFacts
	if a.effect {
		t.Argument = func(v any, m Mark) any {
			return Intent[In]{Task: t.Path, Mark: m, Undo: a.undo, Pivot: t.Pivot, UndoOptions: t.RecordedUndoOptions(),
				In: v.(In)}
		}
		t.ReadFacts = factsOf[Out]
	}
}

// place adds a task to the flow and returns its position: the one of a task of the
// same path and type which was swapped out, so that refs to it hold.
func (f *Flow) place(t *graph.Task) int {
	g := f.graph
	for i, old := range g.Tasks[:f.swapped] {
		if old.Swapped && old.Path == t.Path && old.Gives == t.Gives {
			g.Tasks[i], t.Slot = t, i
			return i
		}
	}
	t.Slot = len(g.Tasks)
	g.Tasks = append(g.Tasks, t)
	return t.Slot
}

// checkTask records what is wrong with a new task, with its action and with its input.
func (f *Flow) checkTask(t *graph.Task, action, input string) {
	if action != "" {
		f.problem("task %s: %s", t.Path, action)
	}
	if input != "" {
		f.problem("task %s: the input %s", t.Path, input)
		t.Needs = nil
	}
	if f.graph.ForwardOnly != "" && t.Undo != "" {
		f.problem("task %s: it has an undo, but the flow only goes forward", t.Path)
	}
}
