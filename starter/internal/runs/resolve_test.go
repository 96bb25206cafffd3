package runs

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/workflows/server"
)

// locked is an engine in which a lock was the last to have a workflow id.
type locked struct {
	client.Client
	earlier []string // run ids, the latest first
	query   string
}

func (l *locked) ListWorkflow(_ context.Context,
	r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	l.query = r.GetQuery()
	answer := &workflowservice.ListWorkflowExecutionsResponse{}
	for _, run := range l.earlier {
		answer.Executions = append(answer.Executions,
			&workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{RunId: run}})
	}
	return answer, nil
}

func (l *locked) DescribeWorkflowExecution(_ context.Context, _,
	run string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	kind := server.Create.Workflow
	if run == "" {
		run, kind = "lock", saga.LockName
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{RunId: run}, Type: &commonpb.WorkflowType{Name: kind},
	}}, nil
}

// After the drain of its host, the last run of a server was the drain's lock. The bug:
// the lock was shown, and run revert said that it had created nothing.
func TestALockIsNotTheLatestRun(t *testing.T) {
	engine := &locked{earlier: []string{"create", "older"}}
	s, err := Resolve(t.Context(), engine, "server:c:it's", &clouds.Flags{})
	require.NoError(t, err)
	require.Equal(t, "create", s.Run)
	require.Equal(t, AllRuns+" AND WorkflowId = 'server:c:it''s'", engine.query)

	s, err = Resolve(t.Context(), &locked{}, "server:c:web-1", &clouds.Flags{})
	require.NoError(t, err)
	require.Equal(t, "lock", s.Run, "nothing else is known of it")
}
