package saga

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// progress answers [ProgressQuery].
func (r *run) progress() (RunProgress, error) {
	l := r.ledger
	p := RunProgress{State: l.State, Cause: l.Cause, Back: r.end != nil && !r.end.keep, Counts: map[TaskState]int{}}
	var child *scopeRun
	for i := range l.Tasks {
		e := &l.Tasks[i]
		p.Counts[e.State]++
		p.Count(e)
		if of := r.childOf(i); of != nil && (e.State == TaskRunning || e.State == TaskReverting) {
			if of != child {
				p.Tasks = append(p.Tasks, r.childProgress(of, e))
			}
			child = of
		} else if t := e.Progress(); t != nil && !l.State.Final() {
			p.Tasks = append(p.Tasks, *t)
		}
	}
	p.Sum()
	return p, nil
}

// childProgress is that of a scope, of which one task is e.
func (r *run) childProgress(s *scopeRun, e *Entry) TaskProgress {
	t := *e.Progress()
	t.Task, t.Child = s.scope.Path, true
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
	p.Sum()
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
