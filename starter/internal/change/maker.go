package change

import (
	"cmp"
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
)

// findMaker is the id, as it is in marks, of the run that made the thing of a
// workflow id: the last one that committed. It is "" if there is none, or if a
// delete has committed since and left nothing.
func findMaker(ctx context.Context, engine client.Client, workflow, createKind, deleteKind string) (string, error) {
	query := fmt.Sprintf("WorkflowId = %s AND ExecutionStatus = 'Completed' AND %s IN (%s, %s)", runs.Literal(workflow),
		saga.AttributeKind.GetName(), runs.Literal(createKind), runs.Literal(deleteKind)) // not the revert of an older run
	rows, err := runs.List(ctx, engine, query, 1)
	if err != nil || len(rows) == 0 || rows[0].Kind != createKind {
		return "", runs.EngineError(err)
	}
	return getRunOfMarks(ctx, engine, workflow, rows[0].Run)
}

// getRunOfMarks is the id that the marks of an execution have, see [saga.RunID]: that
// of the first execution of its chain.
func getRunOfMarks(ctx context.Context, engine client.Client, workflow, run string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runs.EngineTimeout)
	defer cancel()
	d, err := engine.DescribeWorkflowExecution(ctx, workflow, run)
	if err != nil {
		return "", runs.EngineError(err)
	}
	return cmp.Or(d.GetWorkflowExecutionInfo().GetFirstRunId(), run), nil
}
