package main

import (
	"context"

	"go.temporal.io/sdk/client"

	"novaflow/workflows"
)

// maker is the id, as it is in marks, of the run that made the server of a
// workflow id: the last one that committed. It is "" if there is none, or if a
// delete has committed since and left nothing.
func maker(ctx context.Context, engine client.Client, workflow string) (string, error) {
	rows, err := listRuns(ctx, engine, "WorkflowId = "+literal(workflow)+" AND ExecutionStatus = 'Completed'", 1)
	if err != nil || len(rows) == 0 || rows[0].Kind != workflows.ServerCreateKind {
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
	return firstNonEmpty(d.GetWorkflowExecutionInfo().GetFirstRunId(), run), nil
}
