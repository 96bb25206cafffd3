package engine

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// ScopeInput is what the child workflow of a scope is given.
type ScopeInput struct {
	Scope string          `json:"scope"`
	Run   string          `json:"run"`
	Input json.RawMessage `json:"input"` // of the flow
	// other than the first, of the tasks by path, and of the scopes by path and "/"
	Attempts map[string]int             `json:"attempts"`
	Results  map[string]json.RawMessage `json:"results"` // of tasks outside, by path
	Project  string                     `json:"project,omitempty"`
	By       string                     `json:"by,omitempty"`
	Reason   string                     `json:"reason,omitempty"`
	// PastPivot says that nothing is undone any more.
	PastPivot bool `json:"pastPivot,omitempty"`
}

// bytes returns how much JSON the input is.
func (c ScopeInput) bytes() int {
	text, err := json.Marshal(c)
	if err != nil {
		return 0 // as the call will say
	}
	return len(text)
}

// ScopeWorkflow names the workflow that runs scopes of a flow.
func ScopeWorkflow(flow string) string { return flow + "/scope" }

// RunScope executes the tasks of one scope of a flow. The rest of the flow is as the
// parent says. RunScope reverts what fails, under every failure policy of the run: the
// parent decides whether to try again, to hold or to keep.
func RunScope(ctx workflow.Context, f *graph.Flow, err error, c ScopeInput) ([]ledger.Entry, error) {
	scope := f.ScopeAt(c.Scope)
	if err != nil || scope == nil {
		return nil, temporal.NewNonRetryableApplicationError(fmt.Sprintf("scope %s of flow %s: %v", c.Scope, f.Name,
			err), ledger.ErrTypeInvalidFlow, err)
	}
	part, own := f.PartOf(scope)
	part.OnFailure, part.Input = ledger.OnFailureRevert, c.Input
	r, err := beginRun(ctx, part, c.Run)
	if err != nil {
		return nil, err
	}
	r.part = own
	r.adopt(c)
	r.loop()
	if r.end != nil {
		return nil, r.closeChild()
	}
	r.conclude(ledger.RunCommitted)
	return r.entriesOf(own), nil
}

// adopt takes over what the parent knows: attempts, results from outside, and who
// requested the run.
func (r *run) adopt(c ScopeInput) {
	r.ledger.Project, r.ledger.By, r.ledger.Reason = c.Project, c.By, c.Reason
	r.pastPivot = c.PastPivot
	whole := r.flow.All()
	for _, t := range whole.Tasks {
		if out, ok := c.Results[t.Path]; ok && !t.Swapped {
			r.values.Results[t.Slot] = out
		}
	}
	for i, t := range r.tasks {
		if n := c.Attempts[t.Path]; n > 1 {
			e := &r.ledger.Tasks[i]
			e.Attempt, e.Mark = n, ledger.NewMark(c.Run, t.Path, n)
		}
	}
	for i, s := range whole.Scopes {
		if n := c.Attempts[s.Path+"/"]; n > 0 {
			r.values.Attempts[i] = n
		}
	}
}

// entriesOf returns the entries of the tasks in a scope.
func (r *run) entriesOf(s *graph.Scope) (entries []ledger.Entry) {
	for i, t := range r.tasks {
		if s.Contains(t.Scope) && !t.Swapped {
			entries = append(entries, r.ledger.Tasks[i])
		}
	}
	return entries
}

// startChildren starts the scopes that run as children and may start. A scope may start
// when everything outside that it waits for is done.
func (r *run) startChildren() (changed bool) {
	for _, sr := range r.scopes {
		if s := sr.scope; s.Child && s.InChild() == s && sr.childRun == nil && r.childCanStart(s) {
			r.startChild(sr)
			changed = true
		}
	}
	return changed
}

// childCanStart reports whether a scope that runs as a child may start.
func (r *run) childCanStart(s *graph.Scope) bool {
	pending := false
	for _, i := range r.scopes[s.Index].tasks {
		switch r.ledger.Tasks[i].State {
		case ledger.TaskPending:
			pending = true
		case ledger.TaskSkipped:
		default:
			return false
		}
		if !r.mayStart(i, s) {
			return false
		}
	}
	return pending && !r.stepIsFull()
}

// startChild moves all tasks of a scope to RUNNING, and starts its workflow.
func (r *run) startChild(sr *scopeRun) {
	s := sr.scope
	tasks := r.tasksIn(s, ledger.TaskPending)
	wanted, err := r.scopeWanted(s) // the child asks the conditions in it
	in := r.scopeInput(s)
	bytes := in.bytes()
	if err == nil && wanted && bytes > maxCall {
		err = fmt.Errorf("scope %s runs as a child workflow and uses results of %d bytes from outside, and %d are the "+
			"most: return ids and keep the data elsewhere", s.Path, bytes, maxCall)
	}
	if err != nil {
		r.mistaken(tasks[0], err)
		return
	}
	for _, i := range tasks {
		if !wanted {
			r.skip(i, "the condition of its scope does not hold")
			continue
		}
		r.moveTask(i, ledger.TaskRunning, "in child workflow")
		r.ledger.Tasks[i].Started = workflow.Now(r.ctx)
	}
	if !wanted {
		return
	}
	r.spend(bytes)
	r.underWay(r.tasks[tasks[0]], 1) // a child counts as one
	r.pending++
	var ctx workflow.Context
	ctx, sr.stop = workflow.WithCancel(r.detached)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          r.childID(s, r.ledger.Tasks[tasks[0]].Attempt),
		WaitForCancellation: true, // a cancelled child reverts its part first
		StaticSummary:       "scope " + s.Path,
	})
	sr.childRun = workflow.ExecuteChildWorkflow(ctx, ScopeWorkflow(r.flow.Name), in)
	r.selector.AddFuture(sr.childRun, func(f workflow.Future) { r.settleChild(sr, tasks, f) })
	r.watchScopes(s)
}

// childID returns the workflow id of the child that runs a scope.
func (r *run) childID(s *graph.Scope, attempt int) string {
	return fmt.Sprintf("%s/%s#%d", workflow.GetInfo(r.ctx).WorkflowExecution.ID, s.Path, attempt)
}

// undoChildID returns the workflow id of the child that undoes a scope.
func (r *run) undoChildID(s *graph.Scope) string {
	return workflow.GetInfo(r.ctx).WorkflowExecution.ID + "/undo " + s.Path
}

// stopChildren cancels the children that run scopes in a scope.
func (r *run) stopChildren(around *scopeRun) {
	for _, s := range r.scopes {
		if s.stop != nil && around.scope.Contains(s.scope) {
			s.stop()
		}
	}
}

// tasksIn returns the tasks of a scope that are in a state.
func (r *run) tasksIn(s *graph.Scope, state ledger.TaskState) (tasks []int) {
	for _, i := range r.scopes[s.Index].tasks {
		if r.ledger.Tasks[i].State == state {
			tasks = append(tasks, i)
		}
	}
	return tasks
}
