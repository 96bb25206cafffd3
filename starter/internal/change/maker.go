package change

import (
	"cmp"
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
)

// findMaker returns the id, as marks have it, of the run that created the resource of a
// workflow id: the last create that committed. It returns "" if there is none, or if a
// deletion has committed since.
func findMaker(ctx context.Context, engine client.Client, workflow, createKind, deleteKind string) (string, error) {
	// The kinds leave out reverts of past runs.
	query := fmt.Sprintf("WorkflowId = %s AND ExecutionStatus = 'Completed' AND %s IN (%s, %s)", runs.Literal(workflow),
		saga.AttributeKind.GetName(), runs.Literal(createKind), runs.Literal(deleteKind))
	rows, err := runs.List(ctx, engine, query, 1)
	if err != nil || len(rows) == 0 || rows[0].Kind != createKind {
		return "", runs.EngineError(err)
	}
	return getRunOfMarks(ctx, engine, workflow, rows[0].Run)
}

// getRunOfMarks returns the id that the marks of an execution have, see [saga.RunID]. It
// is the id of the first execution of its chain.
func getRunOfMarks(ctx context.Context, engine client.Client, workflow, run string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runs.EngineTimeout)
	defer cancel()
	d, err := engine.DescribeWorkflowExecution(ctx, workflow, run)
	if err != nil {
		return "", runs.EngineError(err)
	}
	return cmp.Or(d.GetWorkflowExecutionInfo().GetFirstRunId(), run), nil
}
