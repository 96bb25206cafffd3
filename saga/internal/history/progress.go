package history

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga/ledger"
)

// ReadProgress asks a run, and its scopes that run as child workflows, for their progress
// and adds what their activities report in heartbeats. A nil converter is the SDK's
// default.
func ReadProgress(ctx context.Context, engine client.Client, workflow, run string,
	dc converter.DataConverter) (ledger.RunProgress, error) {
	if dc == nil {
		dc = converter.GetDefaultDataConverter()
	}
	d, err := engine.DescribeWorkflowExecution(ctx, workflow, run)
	if err != nil {
		return ledger.RunProgress{}, err
	}
	run = d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	value, err := engine.QueryWorkflow(ctx, workflow, run, ledger.ProgressQuery)
	if err != nil {
		return ledger.RunProgress{}, fmt.Errorf("progress of workflow %s: %w", workflow, err)
	}
	var p ledger.RunProgress
	if err := value.Get(&p); err != nil {
		return ledger.RunProgress{}, err
	}
	addActivities(&p, d, dc)
	if err := readChildProgress(ctx, engine, &p, d, dc); err != nil {
		return ledger.RunProgress{}, err
	}
	p.Sum()
	return p, nil
}

// addActivities adds what the engine knows about the activities at work.
func addActivities(p *ledger.RunProgress, d *workflowservice.DescribeWorkflowExecutionResponse,
	dc converter.DataConverter) {
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
		var said ledger.Progress
		if details := a.GetHeartbeatDetails().GetPayloads(); len(details) > 0 &&
			dc.FromPayload(details[0], &said) == nil {
			t.Reported, t.Percent, t.Message = true, said.Percent, said.Message
		}
	}
}

// readChildProgress puts what the children say in the place of what the parent knows,
// which is that they are at work. One that has ended meanwhile stays as it is.
func readChildProgress(ctx context.Context, engine client.Client, p *ledger.RunProgress,
	d *workflowservice.DescribeWorkflowExecutionResponse, dc converter.DataConverter) error {
	children := map[string]string{} // run id by workflow id
	for _, c := range d.GetPendingChildren() {
		children[c.GetWorkflowId()] = c.GetRunId()
	}
	var tasks []ledger.TaskProgress
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
func addChild(p *ledger.RunProgress, state ledger.TaskState, child ledger.RunProgress) {
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
