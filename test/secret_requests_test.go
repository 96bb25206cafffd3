//go:build e2e

package test

import (
	commonpb "go.temporal.io/api/common/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/api/workflowservice/v1"
)

func executionOf(workflow string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: workflow}
}

func queryRequest(workflow, query string) *workflowservice.QueryWorkflowRequest {
	return &workflowservice.QueryWorkflowRequest{
		Namespace: theStage.Namespace, Execution: executionOf(workflow), Query: &querypb.WorkflowQuery{QueryType: query},
	}
}
