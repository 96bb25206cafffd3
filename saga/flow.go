package saga

import (
	"fmt"
	"regexp"

	"novaflow/saga/internal/graph"
)

// Flow is a set of tasks and the data that runs between them, and at the same
// time a scope: a flow can hold flows, to any depth, each with policies of its
// own. To tasks outside, a scope is whole: they wait for all of it.
//
// Build a flow for each run with [NewFlow] and [Add], from nothing but the run's
// input.
type Flow struct {
	scope     *graph.Scope // what is built
	root      *Flow
	policy    Retry              // given by Retrying
	tryNextIf func(Failure) bool // whether a failure leads to the next alternative; nil: any does

	// Of the whole flow, kept by the root.
	graph    *graph.Flow
	scopes   []*Flow         // in the order of the graph's
	taken    map[string]bool // paths
	swapped  int             // tasks that were there at the last swap
	problems []error
}

// NewFlow starts a flow. The name is a kind, such as "server-create".
func NewFlow(name string, options ...FlowOption) *Flow {
	g := &graph.Flow{Scope: graph.Scope{Name: name, Deadline: DefaultDeadline}, UndoDeadline: DefaultUndoDeadline,
		OnFailure: OnFailureRevert}
	g.Scopes = []*graph.Scope{&g.Scope}
	f := &Flow{scope: &g.Scope, graph: g, taken: map[string]bool{}}
	f.root = f
	f.scopes = []*Flow{f}
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
	g := f.root.graph
	s := &Flow{root: f.root,
		scope: &graph.Scope{Name: name, Path: f.join(name), Parent: f.scope, Index: len(g.Scopes), Slot: len(g.Scopes)}}
	f.root.checkName(s.scope.Path, name)
	g.Scopes, f.root.scopes = append(g.Scopes, s.scope), append(f.root.scopes, s)
	for _, o := range options {
		o(s)
	}
	return s
}

// join returns the path of a task or a scope in the scope.
func (f *Flow) join(name string) string {
	if f.scope.Path == "" {
		return name
	}
	return f.scope.Path + "/" + name
}

// isWhole reports whether this is the flow itself, and not a scope in it.
func (f *Flow) isWhole() bool { return f.root == f }

// name returns the kind of the flow.
func (f *Flow) name() string { return f.root.graph.Name }

// follows orders everything in the scope behind the tasks that something needs, unless
// that has a problem.
func (f *Flow) follows(needs []graph.Need, what, problem string) {
	if problem != "" {
		f.problem("%s: %s %s", f.scope.Label(), what, problem)
		return
	}
	for _, n := range needs {
		if maker := f.root.graph.Tasks[n.Task]; f.scope.Contains(maker.Scope) {
			f.problem("%s: %s comes from task %s inside it, so it could never begin", f.scope.Label(), what, maker.Path)
			return
		}
	}
	f.scope.Needs = graph.MergeNeeds(f.scope.Needs, needs)
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

// problem records a mistake of the flow's author.
func (f *Flow) problem(format string, args ...any) {
	f.root.problems = append(f.root.problems, fmt.Errorf(format, args...))
}

// position returns the index of the task at a path, or -1.
func (f *Flow) position(path string) int {
	for i, t := range f.root.graph.Tasks {
		if t.Path == path && !t.Swapped {
			return i
		}
	}
	return -1
}

// Dependency is anything that a task can be ordered after: a [Ref].
type Dependency interface {
	order() (*Flow, []graph.Need)
	whyEmpty() string
}

func (r Ref[T]) order() (*Flow, []graph.Need) {
	needs := make([]graph.Need, len(r.needs))
	for i, n := range r.needs {
		needs[i] = graph.Need{Task: n.Task}
	}
	return r.flow, needs
}
