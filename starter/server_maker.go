package main

import (
	"cmp"
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
)

// maker is the id, as it is in marks, of the run that made the thing of a
// workflow id: the last one that committed. It is "" if there is none, or if a
// delete has committed since and left nothing.
func maker(ctx context.Context, engine client.Client, workflow, createKind, deleteKind string) (string, error) {
	query := fmt.Sprintf("WorkflowId = %s AND ExecutionStatus = 'Completed' AND %s IN (%s, %s)", literal(workflow),
		saga.AttributeKind.GetName(), literal(createKind), literal(deleteKind)) // not the revert of an older run
	rows, err := listRuns(ctx, engine, query, 1)
	if err != nil || len(rows) == 0 || rows[0].Kind != createKind {
		return "", engineProblem(err)
	}
	return runOfMarks(ctx, engine, workflow, rows[0].Run)
}

// runOfMarks is the id that the marks of an execution have, see [saga.RunID]: that
// of the first execution of its chain.
func runOfMarks(ctx context.Context, engine client.Client, workflow, run string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	d, err := engine.DescribeWorkflowExecution(ctx, workflow, run)
	if err != nil {
		return "", engineProblem(err)
	}
	return cmp.Or(d.GetWorkflowExecutionInfo().GetFirstRunId(), run), nil
}
