package runs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
)

// AllRuns is the query for every run that changes a cloud. Locks and dry runs do not.
const AllRuns = "NovaflowKind IS NOT NULL AND NovaflowKind != 'lock' AND WorkflowId NOT STARTS_WITH 'dry-run:'"

// Row is a run as the engine's index has it.
type Row struct {
	Workflow string    `json:"workflowId"`
	Run      string    `json:"runId"`
	Kind     string    `json:"kind"`
	State    string    `json:"state"`
	Cloud    string    `json:"cloud"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
}

// Filter selects runs. Empty fields select all.
type Filter struct{ State, Kind, Cloud string }

// endStates are states that the engine knows better than the run itself.
var endStates = map[string]string{"TERMINATED": "Terminated", "TIMED_OUT": "TimedOut", "FAILED": "Failed",
	"CANCELED": "Canceled"}

// Query returns the filter in the engine's language. A run that was terminated on the way
// could not update its outcome, so a state on the way only counts while the run runs.
func (f Filter) Query() string {
	terms := []string{AllRuns}
	if f.Kind != "" {
		terms = append(terms, saga.AttributeKind.GetName()+" = "+Literal(f.Kind))
	}
	if f.Cloud != "" {
		terms = append(terms, saga.AttributeProject.GetName()+" = "+Literal(f.Cloud))
	}
	if state := strings.ToUpper(f.State); state != "" {
		if status, ok := endStates[state]; ok {
			terms = append(terms, "ExecutionStatus = "+Literal(status))
		} else {
			terms = append(terms, saga.AttributeOutcome.GetName()+" = "+Literal(state))
			if !saga.RunState(state).Final() {
				terms = append(terms, "ExecutionStatus = 'Running'")
			}
		}
	}
	return strings.Join(terms, " AND ")
}

// Literal quotes a string for the engine's query language.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// List returns the latest runs that match, at most limit.
func List(ctx context.Context, engine client.Client, query string, limit int) ([]Row, error) {
	ctx, cancel := context.WithTimeout(ctx, EngineTimeout)
	defer cancel()
	rows := []Row{}
	var page []byte
	for len(rows) < limit {
		answer, err := engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Query: query, PageSize: int32(min(limit-len(rows), 200)), NextPageToken: page,
		})
		if err != nil {
			return nil, fmt.Errorf("list of runs: %w", err)
		}
		for _, e := range answer.GetExecutions() {
			rows = append(rows, newRow(e))
		}
		if page = answer.GetNextPageToken(); len(page) == 0 {
			break
		}
	}
	return rows, nil
}

func newRow(e *workflowpb.WorkflowExecutionInfo) Row {
	r := Row{
		Workflow: e.GetExecution().GetWorkflowId(), Run: e.GetExecution().GetRunId(),
		Kind: readAttribute(e, saga.AttributeKind), Cloud: readAttribute(e, saga.AttributeProject),
		State: readAttribute(e, saga.AttributeOutcome), Started: e.GetStartTime().AsTime(),
	}
	if e.GetCloseTime() != nil && e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		r.Ended = e.GetCloseTime().AsTime()
		if !saga.RunState(r.State).Final() || r.State == "" {
			r.State = StateOf(Snapshot{Status: e.GetStatus()})
		}
	}
	if r.State == "" {
		r.State = string(saga.RunPending)
	}
	return r
}

// readAttribute returns a keyword attribute of a run, "" if it has none.
func readAttribute(e *workflowpb.WorkflowExecutionInfo, key temporal.SearchAttributeKeyKeyword) string {
	var text string
	payload, ok := e.GetSearchAttributes().GetIndexedFields()[key.GetName()]
	if !ok || converter.GetDefaultDataConverter().FromPayload(payload, &text) != nil {
		return ""
	}
	return text
}

// States are the states by which runs can be listed.
var States = []string{
	string(saga.RunRunning), string(saga.RunPaused), string(saga.RunHeld), string(saga.RunReverting),
	string(saga.RunStuck),
	string(saga.RunCommitted), string(saga.RunReverted), string(saga.RunStopped),
	"CANCELED", "FAILED", "TERMINATED", "TIMED_OUT",
}

// Add adds the flags of the filter to a command.
func (f *Filter) Add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.State, "state", "", "only runs in this state")
	fs.StringVar(&f.Kind, "kind", "", "only runs of this kind, such as "+server.Create.Kind)
	fs.StringVar(&f.Cloud, "cloud", "", "only runs on this cloud")
	term.Complete(cmd, "state", term.Fixed(States...))
	term.Complete(cmd, "kind", term.Fixed(append(FlowNames(), saga.RevertKind)...))
	term.Complete(cmd, "cloud", (&clouds.Flags{}).Complete)
}
