package runs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// Lock is a resource that a run holds: by its own workflow id, or by a lock.
type Lock struct {
	Resource string    `json:"resource"` // workflow id that is held
	Holder   string    `json:"holder"`   // workflow id of the run
	Kind     string    `json:"kind"`     // of the run
	Since    time.Time `json:"since"`

	execution string // the engine's id of the execution that took a lock
}

// heldQuery is the query for all that holds something now.
const heldQuery = "NovaflowKind IS NOT NULL AND ExecutionStatus = 'Running'"

// ListLocks lists everything that runs hold now.
func ListLocks(ctx context.Context, engine client.Client) ([]Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, EngineTimeout)
	defer cancel()
	rows := []Lock{}
	var page []byte
	for {
		answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: heldQuery,
			NextPageToken: page})
		if err != nil {
			return nil, fmt.Errorf("list of locks: %w", err)
		}
		for _, e := range answer.GetExecutions() {
			rows = append(rows, newLock(e))
		}
		if page = answer.GetNextPageToken(); len(page) == 0 {
			return rows, nil
		}
	}
}

// newLock reads who holds what from the memo of a lock. A run holds its own workflow id.
func newLock(e *workflowpb.WorkflowExecutionInfo) Lock {
	r := Lock{Resource: e.GetExecution().GetWorkflowId(), Holder: e.GetExecution().GetWorkflowId(),
		Kind: readAttribute(e, saga.AttributeKind), Since: e.GetStartTime().AsTime()}
	var holder saga.Holder
	if field := e.GetMemo().GetFields()[saga.MemoHolder]; e.GetType().GetName() == saga.LockName && field != nil &&
		converter.GetDefaultDataConverter().FromPayload(field, &holder) == nil {
		r.Holder, r.Kind, r.execution = holder.Workflow, holder.Flow, holder.Execution
	}
	return r
}

// FindHolder returns what holds a workflow id now. It returns zero values if nothing
// does.
func FindHolder(ctx context.Context, engine client.Client, id string) (row Lock, workflow string, err error) {
	ctx, cancel := context.WithTimeout(ctx, EngineTimeout)
	defer cancel()
	d, err := engine.DescribeWorkflowExecution(ctx, id, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && d.GetWorkflowExecutionInfo().GetCloseTime() != nil {
		return Lock{}, "", nil
	}
	if err != nil {
		return Lock{}, "", EngineError(err)
	}
	info := d.GetWorkflowExecutionInfo()
	return newLock(info), info.GetType().GetName(), nil
}

// Text says which run holds the resource, and since when.
func (r Lock) Text() string {
	return fmt.Sprintf("%s is locked by run %s, a %s, since %s (%s ago); watch it with `novaflow run watch %s`",
		r.Resource, r.Holder, r.Kind, term.Clock(r.Since), term.Duration(time.Since(r.Since)), term.Quote(r.Holder))
}

// lockRefused matches the failure of a run that could not lock something.
var lockRefused = regexp.MustCompile(`^(task \S+ failed: )?(.+) is locked by another run$`)

// NameHolder adds to the cause of a failure which run holds what was refused, and since
// when. The failed run itself could not say. Any other cause stays as it is.
func NameHolder(ctx context.Context, engine client.Client, cause string) string {
	found := lockRefused.FindStringSubmatch(cause)
	if found == nil {
		return cause
	}
	row, workflow, err := FindHolder(ctx, engine, found[2])
	switch {
	case err != nil:
		return cause
	case workflow == "":
		return cause + ", which has ended since"
	}
	return found[1] + row.Text()
}
