package saga

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// AsChild runs the scope as a child workflow with a history of its own, so that
// a flow can have more tasks than one history holds. The scope's ledger and its
// undo still belong to the run: it is undone with the rest, by another child. The
// flow must be made with Define, its definition registered with Register, and
// the workflow that undoes with RegisterRevert.
//
// A run of the child that fails has taken its own part back before the scope is
// asked whether to try again.
func AsChild() FlowOption { return func(f *Flow) { f.child = true } }

// refuseChildren reports the scopes of a flow that could not be built again in a
// child workflow.
func (f *Flow) refuseChildren() {
	for _, s := range f.scopes {
		if s.child {
			f.problem("%s: AsChild needs a flow that is run by its Definition", s.label())
		}
	}
}

// scopeRunInput is what the child workflow of a scope is given.
type scopeRunInput struct {
	Scope    string                     `json:"scope"`
	Run      string                     `json:"run"`
	Input    json.RawMessage            `json:"input"`    // of the flow
	Attempts map[string]int             `json:"attempts"` // of the scopes, by path, and of the tasks
	Results  map[string]json.RawMessage `json:"results"`  // of tasks outside, by path
	Project  string                     `json:"project,omitempty"`
	By       string                     `json:"by,omitempty"`
	Reason   string                     `json:"reason,omitempty"`
}

// scopeWorkflow is the name of the workflow that runs scopes of a flow.
func scopeWorkflow(flow string) string { return flow + "/scope" }

// registerScopes registers the workflow that runs scopes of a definition.
func registerScopes[In, Out any](r worker.WorkflowRegistry, d *Definition[In, Out]) {
	run := func(ctx workflow.Context, c scopeRunInput) ([]Entry, error) {
		var in In
		if err := json.Unmarshal(c.Input, &in); err != nil {
			return nil, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
		}
		f, _, err := d.make(in)
		if err != nil {
			return nil, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
		}
		return runScope(ctx, f, c)
	}
	r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: scopeWorkflow(d.name)})
}

// runScope executes the tasks of one scope of a flow. The rest of the flow is
// as the parent says.
func runScope(ctx workflow.Context, f *Flow, c scopeRunInput) ([]Entry, error) {
	customize(ctx, f)
	f.input = c.Input
	scope := f.scopeAt(c.Scope)
	if err := f.Validate(); err != nil || scope == nil {
		return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("scope %s of flow %s: %v", c.Scope, f.name, err), ErrTypeInvalidFlow, err)
	}
	scope.child, scope.retry, scope.when = false, nil, nil // the parent's affair
	for _, t := range f.tasks {
		t.leftOut = t.leftOut || !scope.contains(t.scope)
	}
	r, err := begin(ctx, f, c.Run)
	if err != nil {
		return nil, err
	}
	r.part = scope
	r.adopt(c)
	r.loop()
	if r.end != nil {
		return nil, r.close()
	}
	r.conclude(RunCommitted)
	return r.entriesOf(scope), nil
}

func (f *Flow) scopeAt(path string) *Flow {
	for _, s := range f.scopes {
		if s.path == path {
			return s
		}
	}
	return nil
}

// adopt takes over what the parent knows: attempts, results from outside, and
// who asked for all this.
func (r *run) adopt(c scopeRunInput) {
	r.ledger.Project, r.ledger.By, r.ledger.Reason = c.Project, c.By, c.Reason
	for i, t := range r.tasks {
		if out, ok := c.Results[t.path]; ok {
			r.values.results[i] = out
		}
		if n := c.Attempts[t.path]; n > 1 {
			e := &r.ledger.Tasks[i]
			e.Attempt, e.Mark = n, newMark(c.Run, t.path, n)
		}
	}
	for i, s := range r.flow.scopes {
		if n := c.Attempts[s.path+"/"]; n > 0 {
			r.values.attempts[i] = n
		}
	}
}

func (r *run) entriesOf(s *Flow) (entries []Entry) {
	for i, t := range r.tasks {
		if s.contains(t.scope) && !t.swapped {
			entries = append(entries, r.ledger.Tasks[i])
		}
	}
	return entries
}

// inChild is the outermost scope around s that runs as a child, or nil.
func (s *Flow) inChild() (out *Flow) {
	for ; s != nil; s = s.parent {
		if s.child {
			out = s
		}
	}
	return out
}

// startChildren starts the scopes that run as children and may start: all that
// they wait for outside is done.
func (r *run) startChildren() (changed bool) {
	for _, sr := range r.scopes {
		if s := sr.scope; s.child && s.inChild() == s && sr.childRun == nil && r.childCanStart(s) {
			r.startChild(sr)
			changed = true
		}
	}
	return changed
}

func (r *run) childCanStart(s *Flow) bool {
	pending := false
	for _, i := range r.scopes[s.index].tasks {
		switch r.ledger.Tasks[i].State {
		case TaskPending:
			pending = true
		case TaskSkipped:
		default:
			return false
		}
		if !r.mayStart(i, s) {
			return false
		}
	}
	return pending
}

// startChild moves all tasks of a scope to RUNNING, and starts its workflow.
func (r *run) startChild(sr *scopeRun) {
	s := sr.scope
	tasks := r.tasksIn(s, TaskPending)
	wanted, err := r.wanted(r.tasks[tasks[0]])
	if err != nil {
		r.mistaken(tasks[0], err)
		return
	}
	for _, i := range tasks {
		if !wanted {
			r.skip(i, "the condition of its scope does not hold")
			continue
		}
		r.moveTask(i, TaskRunning, "in child workflow")
		r.ledger.Tasks[i].Started = workflow.Now(r.ctx)
	}
	if !wanted {
		return
	}
	r.underWay(r.tasks[tasks[0]], 1) // a child counts as one
	info := workflow.GetInfo(r.ctx)
	ctx := workflow.WithChildOptions(sr.ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          fmt.Sprintf("%s/%s#%d", info.WorkflowExecution.ID, s.path, r.ledger.Tasks[tasks[0]].Attempt),
		WaitForCancellation: true, // a cancelled child takes its part back first
		StaticSummary:       "scope " + s.path,
	})
	sr.childRun = workflow.ExecuteChildWorkflow(ctx, scopeWorkflow(r.flow.name), r.scopeInput(s))
	r.selector.AddFuture(sr.childRun, func(f workflow.Future) { r.settleChild(sr, tasks, f) })
	r.watchScopes(s)
}

func (r *run) tasksIn(s *Flow, state TaskState) (tasks []int) {
	for _, i := range r.scopes[s.index].tasks {
		if r.ledger.Tasks[i].State == state {
			tasks = append(tasks, i)
		}
	}
	return tasks
}

// scopeInput collects what a scope needs to run elsewhere.
func (r *run) scopeInput(s *Flow) scopeRunInput {
	c := scopeRunInput{
		Scope: s.path, Run: r.ledger.Run, Input: r.flow.input,
		Attempts: map[string]int{}, Results: map[string]json.RawMessage{},
		Project: r.ledger.Project, By: r.ledger.By, Reason: r.ledger.Reason,
	}
	for i, t := range r.tasks {
		if !s.contains(t.scope) {
			continue
		}
		c.Attempts[t.path] = r.ledger.Tasks[i].Attempt
		for _, n := range t.allNeeds() {
			if out := r.values.results[n.task]; out != nil {
				c.Results[r.tasks[n.task].path] = out
			}
		}
	}
	for i, other := range r.flow.scopes {
		c.Attempts[other.path+"/"] = r.values.attempts[i]
	}
	return c
}

// settleChild takes the ledger of a finished child over. A failed child has
// taken its part back.
func (r *run) settleChild(sr *scopeRun, tasks []int, f workflow.Future) {
	sr.childRun = nil
	r.underWay(r.tasks[tasks[0]], -1)
	var entries []Entry
	err := f.Get(r.detached, &entries)
	var failure Failure
	if err != nil {
		failure = childFailure(sr.scope.path, err)
	}
	for _, i := range tasks {
		e := &r.ledger.Tasks[i]
		e.Ended = workflow.Now(r.ctx)
		if err != nil {
			e.Error = failure.Reason
			r.moveTask(i, TaskFailure, e.Error)
			r.moveTask(i, TaskReverting, "in child workflow")
			r.moveTask(i, TaskReverted, "in child workflow")
			continue
		}
		r.takeOver(i, entries)
	}
	if err != nil {
		r.failed(tasks[0], failure)
	}
}

// takeOver copies what a child says of a task.
func (r *run) takeOver(i int, entries []Entry) {
	e := &r.ledger.Tasks[i]
	k := slices.IndexFunc(entries, func(c Entry) bool { return c.Task == e.Task })
	if k < 0 {
		return
	}
	child := entries[k]
	e.In, e.Out, e.Mark, e.Attempt, e.Note, e.Earlier = child.In, child.Out, child.Mark, child.Attempt, child.Note, child.Earlier
	e.Started, e.Ended = child.Started, child.Ended
	e.Resources, r.values.results[i] = child.Resources, child.Out
	if child.State == TaskSkipped {
		r.moveTask(i, TaskFailure, "")
		r.skip(i, child.Note)
		return
	}
	r.moveTask(i, TaskSuccess, "")
	r.pastPivot = r.pastPivot || r.tasks[i].pivot
	r.completed(i)
}

// childFailure is why a child failed, in the words of its failed task.
func childFailure(scope string, err error) Failure {
	var app *temporal.ApplicationError
	var detail Reverted
	if errors.As(err, &app) && app.Details(&detail) == nil && detail.Cause != "" {
		return Failure{Task: detail.Task, Type: detail.Type, Reason: detail.Cause}
	}
	return Failure{Task: scope, Type: errorType(err), Reason: reason(err)}
}

// passOn tells the scopes that run as children what a person told the run.
func (r *run) passOn(q Request) {
	for _, s := range r.scopes {
		if s.childRun != nil {
			s.childRun.SignalChildWorkflow(s.ctx, string(q.Verb), q)
		}
	}
}
