package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// allRuns is the query for every run that changes a cloud. Locks and dry runs do not.
const allRuns = "NovaflowKind IS NOT NULL AND NovaflowKind != 'lock' AND WorkflowId NOT STARTS_WITH 'dry-run:'"

// runRow is a run as the engine's index has it.
type runRow struct {
	Workflow string    `json:"workflowId"`
	Run      string    `json:"runId"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Cloud    string    `json:"cloud"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
}

// runFilter says which runs to list; empty fields do not matter.
type runFilter struct{ state, kind, cloud string }

// endStates are states that the engine knows better than the run itself.
var endStates = map[string]string{"TERMINATED": "Terminated", "TIMED_OUT": "TimedOut", "FAILED": "Failed", "CANCELED": "Canceled"}

// query is the filter in the engine's language. A run that was terminated on
// the way never said so: its outcome counts only while it runs.
func (f runFilter) query() string {
	terms := []string{allRuns}
	if f.kind != "" {
		terms = append(terms, saga.AttributeKind.GetName()+" = "+literal(f.kind))
	}
	if f.cloud != "" {
		terms = append(terms, saga.AttributeProject.GetName()+" = "+literal(f.cloud))
	}
	if state := strings.ToUpper(f.state); state != "" {
		if status, ok := endStates[state]; ok {
			terms = append(terms, "ExecutionStatus = "+literal(status))
		} else {
			terms = append(terms, saga.AttributeOutcome.GetName()+" = "+literal(state))
			if !saga.RunState(state).Final() {
				terms = append(terms, "ExecutionStatus = 'Running'")
			}
		}
	}
	return strings.Join(terms, " AND ")
}

// literal is a string in the engine's query language.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// listRuns returns the latest runs that match, at most limit.
func listRuns(ctx context.Context, engine client.Client, query string, limit int) ([]runRow, error) {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	rows := []runRow{}
	var page []byte
	for len(rows) < limit {
		answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: query, PageSize: int32(min(limit-len(rows), 200)), NextPageToken: page,
		})
		if err != nil {
			return nil, fmt.Errorf("list of runs: %w", err)
		}
		for _, e := range answer.GetExecutions() {
			rows = append(rows, newRunRow(e))
		}
		if page = answer.GetNextPageToken(); len(page) == 0 {
			break
		}
	}
	return rows, nil
}

func newRunRow(e *workflowpb.WorkflowExecutionInfo) runRow {
	r := runRow{
		Workflow: e.GetExecution().GetWorkflowId(), Run: e.GetExecution().GetRunId(),
		Kind: attribute(e, saga.AttributeKind), Cloud: attribute(e, saga.AttributeProject),
		State: attribute(e, saga.AttributeOutcome), Started: e.GetStartTime().AsTime(),
	}
	if e.GetCloseTime() != nil && e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		r.Ended = e.GetCloseTime().AsTime()
		if !saga.RunState(r.State).Final() || r.State == "" {
			r.State = state(snapshot{status: e.GetStatus()})
		}
	}
	if r.State == "" {
		r.State = string(saga.RunPending)
	}
	return r
}

// attribute is the value of a keyword of a run, "" if it has none.
func attribute(e *workflowpb.WorkflowExecutionInfo, key temporal.SearchAttributeKeyKeyword) string {
	var text string
	payload, ok := e.GetSearchAttributes().GetIndexedFields()[key.GetName()]
	if !ok || converter.GetDefaultDataConverter().FromPayload(payload, &text) != nil {
		return ""
	}
	return text
}
