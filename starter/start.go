package main

import (
	"cmp"
	"os"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// start is what the engine is told of a run beside its input.
type start struct {
	id      string // workflow id
	cloud   string
	kind    string // of the flow
	queue   string // task queue
	summary string // for the list of runs
	details string // in Markdown
	reason  string // why; "" if nobody said
}

// options are those of every run. There is no workflow timeout: an engine that
// times a run out does not let it take anything back.
func (s start) options() client.StartWorkflowOptions {
	memo := map[string]any{saga.MemoBy: asker()}
	if s.reason != "" {
		memo[saga.MemoReason] = s.reason
	}
	return client.StartWorkflowOptions{
		ID: s.id, TaskQueue: s.queue, Memo: memo, WorkflowTaskTimeout: workflows.StepTimeout,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			saga.AttributeProject.ValueSet(s.cloud), saga.AttributeKind.ValueSet(s.kind)),
		StaticSummary: term.ClipBytes(s.summary, summaryLimit), StaticDetails: s.details,
	}
}

// summaryLimit is what the engine accepts as a summary, in bytes.
const summaryLimit = 200

// asker is who asks for a run: NOVAFLOW_USER, else the login name, at the machine.
func asker() string { return cmp.Or(os.Getenv("NOVAFLOW_USER"), who()) }
