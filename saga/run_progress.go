package saga

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// ProgressQuery is the name of the query that returns the run's [RunProgress], as
// far as the workflow knows it: without what its activities report. See
// [ReadProgress].
const ProgressQuery = "progress"

// RunProgress is how far a run is.
type RunProgress struct {
	State RunState `json:"state"`
	Cause string   `json:"cause,omitempty"` // why the run reverts, is held or stopped
	// Percent is Done of Of; 0 to 100. Tasks count alike, whatever they take: it
	// is no forecast of time.
	Percent int               `json:"percent"`
	Done    int               `json:"done"`           // tasks that are done, or, on the way back, undone
	Of      int               `json:"of"`             // all tasks, or, on the way back, those that were begun and have an undo
	Back    bool              `json:"back,omitempty"` // the run is taken back
	Counts  map[TaskState]int `json:"counts"`
	Tasks   []TaskProgress    `json:"tasks,omitempty"` // those at work or failing, in the ledger's order
}

// TaskProgress is how far a task is that is at work or fails.
type TaskProgress struct {
	Task    string    `json:"task"`
	Undo    bool      `json:"undo,omitempty"` // its undo is at work, not the task
	ID      string    `json:"id"`             // of the activity, or of the child workflow
	State   TaskState `json:"state"`
	Since   time.Time `json:"since"`
	Attempt int       `json:"attempt"`         // of the task, see Entry
	Child   bool      `json:"child,omitempty"` // this is not a task but a scope, at work in a child workflow
	Error   string    `json:"error,omitempty"`

	// What follows is known to ReadProgress only.

	Try       int32     `json:"try,omitempty"`       // of the activity by the engine, counted from 1
	Reported  bool      `json:"reported,omitempty"`  // the activity has said how far it is
	Percent   int       `json:"percent,omitempty"`   // as it said, see Report
	Message   string    `json:"message,omitempty"`   // as it said
	LastHeard time.Time `json:"lastHeard,omitzero"`  // when it did
	NextTry   time.Time `json:"nextTry,omitzero"`    // when a failed activity is tried again
	LastError string    `json:"lastError,omitempty"` // why it failed last
}

// progress answers [ProgressQuery].
func (r *run) progress() (RunProgress, error) {
	l := r.ledger
	p := RunProgress{State: l.State, Cause: l.Cause, Back: r.end != nil && !r.end.keep, Counts: map[TaskState]int{}}
	var child *scopeRun
	for i := range l.Tasks {
		e := &l.Tasks[i]
		p.Counts[e.State]++
		p.count(e)
		if of := r.childOf(i); of != nil && (e.State == TaskRunning || e.State == TaskReverting) {
			if of != child {
				p.Tasks = append(p.Tasks, r.childProgress(of, e))
			}
			child = of
		} else if t := e.progress(); t != nil && !l.State.Final() {
			p.Tasks = append(p.Tasks, *t)
		}
	}
	p.sum()
	return p, nil
}

// count counts a task as work, and as done if it is.
func (p *RunProgress) count(e *Entry) {
	switch {
	case p.Back && (e.Started.IsZero() || e.Undo == ""): // nothing to undo
	case p.Back && e.settled(), !p.Back && (e.State == TaskSuccess || e.State == TaskSkipped):
		p.Done++
		p.Of++
	default:
		p.Of++
	}
}

// sum works the percentage out, with what tasks at work have said.
func (p *RunProgress) sum() {
	done := 100 * p.Done
	for _, t := range p.Tasks {
		if t.Undo == p.Back {
			done += t.Percent
		}
	}
	p.Percent = 100
	if p.Of > 0 {
		p.Percent = done / p.Of
	}
}

// progress is that of a task, or nil if it is not at work.
func (e *Entry) progress() *TaskProgress {
	switch e.State {
	case TaskRunning, TaskFailure:
		return &TaskProgress{Task: e.Task, ID: e.ActivityID(), State: e.State, Since: e.Started, Attempt: e.Attempt, Error: e.Error}
	case TaskReverting, TaskRevertFailure:
		return &TaskProgress{Task: e.Task, ID: "undo " + e.ActivityID(), Undo: true, State: e.State, Since: e.Undoing, Attempt: e.Attempt, Error: e.UndoError}
	}
	return nil
}

// childProgress is that of a scope, of which one task is e.
func (r *run) childProgress(s *scopeRun, e *Entry) TaskProgress {
	t := *e.progress()
	t.Task, t.Child = s.scope.path, true
	t.ID = r.childID(s.scope, e.Attempt)
	if t.Undo {
		t.ID = r.undoChildID(s.scope)
	}
	return t
}

// ReadProgress asks a run for its progress and adds what its activities report
// in heartbeats, which the engine knows and the workflow does not: a task's
// percentage, which try it is, and what failed last. It does the same for scopes
// that run as child workflows. It changes nothing and adds nothing to any
// history, so it may be asked often; it costs two calls, and two for each child
// workflow under way. The converter must be able to read what the workers wrote;
// nil is the SDK's default. An empty run id means the latest run.
func ReadProgress(ctx context.Context, engine client.Client, workflow, run string, dc converter.DataConverter) (RunProgress, error) {
	if dc == nil {
		dc = converter.GetDefaultDataConverter()
	}
	d, err := engine.DescribeWorkflowExecution(ctx, workflow, run)
	if err != nil {
		return RunProgress{}, err
	}
	run = d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	value, err := engine.QueryWorkflow(ctx, workflow, run, ProgressQuery)
	if err != nil {
		return RunProgress{}, fmt.Errorf("progress of workflow %s: %w", workflow, err)
	}
	var p RunProgress
	if err := value.Get(&p); err != nil {
		return RunProgress{}, err
	}
	addActivities(&p, d, dc)
	if err := readChildProgress(ctx, engine, &p, d, dc); err != nil {
		return RunProgress{}, err
	}
	p.sum()
	return p, nil
}

// addActivities adds what the engine knows about the activities at work.
func addActivities(p *RunProgress, d *workflowservice.DescribeWorkflowExecutionResponse, dc converter.DataConverter) {
	index := map[string]int{}
	for i, t := range p.Tasks {
		index[t.ID] = i
	}
	for _, a := range d.GetPendingActivities() {
		i, ok := index[a.GetActivityId()]
		if !ok {
			continue
		}
		t := &p.Tasks[i]
		t.Try, t.LastError = a.GetAttempt(), failureText(a.GetLastFailure())
		if a.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED && a.GetAttempt() > 1 {
			t.NextTry = a.GetNextAttemptScheduleTime().AsTime()
		}
		if a.GetLastHeartbeatTime() != nil {
			t.LastHeard = a.GetLastHeartbeatTime().AsTime()
		}
		var said Progress
		if details := a.GetHeartbeatDetails().GetPayloads(); len(details) > 0 && dc.FromPayload(details[0], &said) == nil {
			t.Reported, t.Percent, t.Message = true, said.Percent, said.Message
		}
	}
}

// readChildProgress puts what the children say in the place of what the parent knows,
// which is that they are at work. One that has ended meanwhile stays as it is.
func readChildProgress(ctx context.Context, engine client.Client, p *RunProgress, d *workflowservice.DescribeWorkflowExecutionResponse, dc converter.DataConverter) error {
	children := map[string]string{} // run id by workflow id
	for _, c := range d.GetPendingChildren() {
		children[c.GetWorkflowId()] = c.GetRunId()
	}
	var tasks []TaskProgress
	for _, t := range p.Tasks {
		run := children[t.ID]
		if !t.Child || run == "" {
			tasks = append(tasks, t)
			continue
		}
		child, err := ReadProgress(ctx, engine, t.ID, run, dc)
		if err != nil {
			return err
		}
		tasks = append(tasks, child.Tasks...)
		addChild(p, t.State, child)
	}
	p.Tasks = tasks
	return nil
}

// addChild counts the tasks of a child as it says, which the parent has in one state.
func addChild(p *RunProgress, state TaskState, child RunProgress) {
	for s, n := range child.Counts {
		p.Counts[state] -= n
		p.Counts[s] += n
	}
	if p.Counts[state] == 0 {
		delete(p.Counts, state)
	}
	if child.Back == p.Back {
		p.Done += child.Done
	}
}
