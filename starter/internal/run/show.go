package run

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newShowCommand(session *runs.Session) *cobra.Command {
	var form term.Format
	var runID string
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run: its tasks, how long each took, its marks and failures",
		Long: `Show a run: its tasks, how long each took, what it left in the cloud and under which
mark, and its failures. Runs that have ended can be shown too.`,
		Example: `  novaflow run show web-1
  novaflow run show server:devcloud:web-1 -o json`,
	}
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		s, err := runs.SelectRun(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		return showRun(ctx, session.Out, engine, s, form)
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

// shownRun is the document of a run.
type shownRun struct {
	Workflow string          `json:"workflowId"`
	Run      string          `json:"runId"`
	Type     string          `json:"type"`
	Outcome  runs.Outcome    `json:"outcome"`
	Started  time.Time       `json:"started"`
	Ended    time.Time       `json:"ended,omitzero"`
	Result   json.RawMessage `json:"result,omitempty"`
	Ledger   *saga.Ledger    `json:"ledger,omitempty"`
	NoLedger string          `json:"noLedger,omitempty"` // why there is none
}

// showRun prints a run. Without a worker there is no ledger, but the engine still knows
// how the run ended.
func showRun(ctx context.Context, out io.Writer, engine client.Client, s runs.Snapshot, form term.Format) error {
	ledger, noLedger := runs.AskLedger(ctx, engine, s.Workflow, s.Run)
	if noLedger == nil {
		s.Ledger = ledger
	}
	doc := shownRun{Workflow: s.Workflow, Run: s.Run, Type: s.Kind, Started: s.Started, Ended: s.Closed,
		Ledger: s.Ledger}
	var failure error
	if s.Ended() {
		doc.Result, failure = runs.ReadResult(ctx, engine, s.Workflow, s.Run)
	}
	doc.Outcome = runs.NewOutcome(s, failure)
	switch {
	case noLedger == nil:
	case runs.IsBeforeFlow(noLedger):
		doc.NoLedger = runs.LookupText(s)
	default:
		doc.NoLedger = fmt.Sprintf("no worker returned the ledger (%s): start a `novaflow-worker` for task queue %s",
			term.OneLine(noLedger.Error()), s.Queue)
	}
	if form.IsDocument() {
		return term.PrintDocument(out, form, doc)
	}
	return printRun(out, s, doc)
}

func printRun(out io.Writer, s runs.Snapshot, doc shownRun) error {
	for _, l := range term.StyleOf(out).Unlimited().Paint(runs.Tree(s)) {
		fmt.Fprintln(out, l)
	}
	fmt.Fprintln(out)
	if doc.NoLedger != "" {
		fmt.Fprintln(out, doc.NoLedger)
	}
	for _, l := range doc.Outcome.Notes(s) {
		fmt.Fprintln(out, term.Harmless(l))
	}
	var asked [2]string
	if s.Ledger != nil {
		asked = [2]string{s.Ledger.By, s.Ledger.Reason}
	}
	if err := term.PrintFields(out, [][2]string{
		{"requested by", asked[0]}, {"reason", asked[1]}, {"run id", s.Run}, {"type", s.Kind}, {"task queue", s.Queue},
		{"started", term.Clock(s.Started)}, {"ended", term.Clock(s.Closed)},
	}); err != nil || s.Ledger == nil {
		return err
	}
	fmt.Fprintln(out)
	return term.PrintTable(out, taskTable(s.Ledger))
}

// taskTable lists when each task ran and the mark of what it created.
func taskTable(l *saga.Ledger) [][]string {
	rows := [][]string{{"TASK", "STARTED", "TOOK", "UNDO TOOK", "MARK"}}
	for _, e := range l.Tasks {
		mark := ""
		if e.Undo != "" {
			mark = string(e.Mark)
		}
		rows = append(rows, []string{e.Task, term.Clock(e.Started), timeBetween(e.Started, e.Ended),
			timeBetween(e.Undoing, e.Undone), mark})
	}
	return rows
}

// timeBetween formats the time between two moments, if both have come.
func timeBetween(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return term.Duration(to.Sub(from))
}
