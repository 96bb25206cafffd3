package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

// lockRow is a resource that a run holds: by its own workflow id, or by a lock.
type lockRow struct {
	Resource string    `json:"resource"` // workflow id that is held
	Holder   string    `json:"holder"`   // workflow id of the run
	Kind     string    `json:"kind"`     // of the run
	Since    time.Time `json:"since"`

	execution string // the engine's id of the execution that took a lock
}

func lockCommand(session *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "lock", Short: "See what is held by which run", Long: "See what is held by which run. A lock belongs to its run and ends with it.",
		Example: "  novaflow lock list", Args: cobra.ArbitraryArgs, RunE: term.Group,
	}
	cmd.AddCommand(lockListCommand(session))
	return cmd
}

func lockListCommand(session *session) *cobra.Command {
	var form term.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what runs hold, and since when",
		Long: `List what runs hold, and since when: the resource that each run is about, and what else
it has locked.`,
		Example: "  novaflow lock list -o json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := session.engine(cmd.Context())
			if err != nil {
				return err
			}
			defer engine.Close()
			rows, err := listLocks(cmd.Context(), engine)
			if err != nil {
				return engineProblem(err)
			}
			if form.IsDocument() {
				return term.PrintDocument(session.out, form, rows)
			}
			table := [][]string{{"RESOURCE", "HOLDER", "KIND", "SINCE", "AGE"}}
			for _, r := range rows {
				table = append(table, []string{r.Resource, r.Holder, r.Kind, term.Clock(r.Since), term.Age(r.Since)})
			}
			return term.PrintTable(session.out, table)
		},
	}
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

// heldQuery is the query for all that holds something now.
const heldQuery = "NovaflowKind IS NOT NULL AND ExecutionStatus = 'Running'"

func listLocks(ctx context.Context, engine client.Client) ([]lockRow, error) {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	rows := []lockRow{}
	var page []byte
	for {
		answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: heldQuery, NextPageToken: page})
		if err != nil {
			return nil, fmt.Errorf("list of locks: %w", err)
		}
		for _, e := range answer.GetExecutions() {
			rows = append(rows, newLockRow(e))
		}
		if page = answer.GetNextPageToken(); len(page) == 0 {
			return rows, nil
		}
	}
}

// newLockRow reads who holds what from a lock's memo; a run holds its own id.
func newLockRow(e *workflowpb.WorkflowExecutionInfo) lockRow {
	r := lockRow{Resource: e.GetExecution().GetWorkflowId(), Holder: e.GetExecution().GetWorkflowId(), Kind: attribute(e, saga.AttributeKind), Since: e.GetStartTime().AsTime()}
	var holder saga.Holder
	if field := e.GetMemo().GetFields()[saga.MemoHolder]; e.GetType().GetName() == saga.LockName && field != nil &&
		converter.GetDefaultDataConverter().FromPayload(field, &holder) == nil {
		r.Holder, r.Kind, r.execution = holder.Workflow, holder.Flow, holder.Execution
	}
	return r
}

// holderOf is what holds a workflow id now; zero if nothing does.
func holderOf(ctx context.Context, engine client.Client, id string) (row lockRow, workflow string, err error) {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	d, err := engine.DescribeWorkflowExecution(ctx, id, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && d.GetWorkflowExecutionInfo().GetCloseTime() != nil {
		return lockRow{}, "", nil
	}
	if err != nil {
		return lockRow{}, "", engineProblem(err)
	}
	info := d.GetWorkflowExecutionInfo()
	return newLockRow(info), info.GetType().GetName(), nil
}

// words say who holds something since when.
func (r lockRow) words() string {
	return fmt.Sprintf("%s is held by run %s, a %s, since %s (%s ago); watch it with `novaflow run watch %s`",
		r.Resource, r.Holder, r.Kind, term.Clock(r.Since), term.Duration(time.Since(r.Since)), term.Quote(r.Holder))
}

// lockRefused is how a run that could not lock something says so.
var lockRefused = regexp.MustCompile(`^(task \S+ failed: )?(.+) is held by another run$`)

// whoHolds is the cause of a failure with who holds what was refused, since when, as the
// run itself could not tell. Any other cause is as it was.
func whoHolds(ctx context.Context, engine client.Client, cause string) string {
	found := lockRefused.FindStringSubmatch(cause)
	if found == nil {
		return cause
	}
	row, workflow, err := holderOf(ctx, engine, found[2])
	switch {
	case err != nil:
		return cause
	case workflow == "":
		return cause + ", which has ended since"
	}
	return found[1] + row.words()
}
