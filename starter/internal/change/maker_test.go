package change

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
	"novaflow/workflows/server"
)

// completed is an engine in which one run of a kind has completed, "" for none,
// after a reset.
type completed struct {
	client.Client
	kind, query string
}

func (c *completed) ListWorkflow(_ context.Context,
	r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	c.query = r.GetQuery()
	if c.kind == "" {
		return &workflowservice.ListWorkflowExecutionsResponse{}, nil
	}
	kind, err := converter.GetDefaultDataConverter().ToPayload(c.kind)
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: []*workflowpb.WorkflowExecutionInfo{{
		Execution:        &commonpb.WorkflowExecution{RunId: "later"},
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{saga.AttributeKind.GetName(): kind}},
	}}}, err
}

func (c *completed) DescribeWorkflowExecution(_ context.Context, _,
	run string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{RunId: run}, FirstRunId: "first",
	}}, nil
}

// What a server leaves carries the id of its chain's first run, which a reset does
// not change; after a delete that committed there is nothing to look for.
func TestMakerIsTheLastRunThatCommitted(t *testing.T) {
	for kind, want := range map[string]string{server.Create.Kind: "first", server.Delete.Kind: "", "": ""} {
		engine := &completed{kind: kind}
		got, err := findMaker(t.Context(), engine, "server:c:it's", server.Create.Kind, server.Delete.Kind)
		require.NoError(t, err)
		require.Equal(t, want, got, kind)
		require.Equal(t, "WorkflowId = 'server:c:it''s' AND ExecutionStatus = 'Completed' AND NovaflowKind IN "+
			"('server-create', 'server-delete')", engine.query)
	}
}
