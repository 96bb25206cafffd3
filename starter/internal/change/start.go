package change

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// Start is what the engine records of a run beside its input.
type Start struct {
	ID      string // workflow id
	Cloud   string
	Kind    string // of the flow
	Queue   string // task queue
	Summary string // for the list of runs
	Details string // in Markdown
	Reason  string // why; "" if no reason was given
}

// summaryLimit is the size of a summary that the engine accepts, in bytes.
const summaryLimit = 200

// Options returns the engine's options for every run. There is no workflow timeout: an
// engine that times a run out does not let it revert anything.
func (s Start) Options() client.StartWorkflowOptions {
	memo := map[string]any{saga.MemoBy: runs.Asker()}
	if s.Reason != "" {
		memo[saga.MemoReason] = s.Reason
	}
	return client.StartWorkflowOptions{
		ID: s.ID, TaskQueue: s.Queue, Memo: memo, WorkflowTaskTimeout: spec.StepTimeout,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			saga.AttributeProject.ValueSet(s.Cloud), saga.AttributeKind.ValueSet(s.Kind)),
		StaticSummary: term.ClipBytes(s.Summary, summaryLimit), StaticDetails: s.Details,
	}
}

// NotStartedError explains why a run could not be started. If another run holds the
// resource, it says which.
func NotStartedError(ctx context.Context, engine client.Client, what, id string, err error) error {
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	var said *term.Exit
	switch {
	case errors.As(err, &said):
		return err
	case !errors.As(err, &held):
		return StartError(err)
	}
	if row, workflow, err := runs.FindHolder(ctx, engine, id); err == nil && workflow == saga.LockName {
		return errors.New(row.Text())
	}
	s, err := runs.Describe(ctx, engine, id, held.RunId)
	if err != nil {
		return fmt.Errorf("%s is locked by another run, %s", what, id)
	}
	return fmt.Errorf("%s is locked by run %s of %s (run id %s), started %s ago; watch it with `novaflow run watch %s`",
		what, s.Kind, id, s.Run, term.Duration(time.Since(s.Started)), term.Quote(id))
}

// StartError puts the engine's refusal into words.
func StartError(err error) error {
	var namespace *serviceerror.NamespaceNotFound
	var invalid *serviceerror.InvalidArgument
	switch {
	case errors.As(err, &namespace):
		return fmt.Errorf("the engine has no namespace %q: give --namespace", namespace.Namespace)
	case errors.As(err, &invalid) && strings.Contains(err.Error(), "Novaflow"):
		return fmt.Errorf("the engine lacks a search attribute (%w): start a `novaflow-worker` once, it registers them",
			err)
	}
	return fmt.Errorf("the run could not be started: %w", err)
}
