package run

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newLedgerCommand(session *runs.Session) *cobra.Command {
	var form term.Format
	var runID string
	cmd := &cobra.Command{
		Use:   "ledger RUN",
		Short: "Show the record of a run: what was intended, done, undone and requested",
		Long: `Show the record of a run: what was intended, done and undone, and what operators requested.
Without a worker that answers, it is rebuilt from the run's history.`,
		Example: `  novaflow run ledger web-1
  novaflow run ledger web-1 -o json`,
	}
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		s, err := runs.SelectRun(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		past, err := runs.ReadPast(ctx, session, engine, s)
		if err != nil {
			return err
		}
		return printLedger(session.Out, past.Ledger, form)
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

func printLedger(out io.Writer, l *saga.Ledger, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, l)
	}
	rows := [][]string{{"TASK", "STATE", "ATTEMPT", "STARTED", "UNDONE", "MARK"}}
	for _, e := range l.Tasks {
		rows = append(rows, []string{e.Task, string(e.State), fmt.Sprint(e.Attempt), term.Clock(e.Started),
			term.Clock(e.Undone), string(e.Mark)})
	}
	fmt.Fprintf(out, "run %s of flow %s is %s\n", l.Run, l.Flow, l.State)
	if err := term.PrintTable(out, rows); err != nil || len(l.Requests) == 0 {
		return err
	}
	rows = [][]string{{"REQUESTED", "BY", "AT", "TASK", "REASON"}}
	for _, q := range l.Requests {
		rows = append(rows, []string{string(q.Verb), q.By, term.Clock(q.Time), q.Task, q.Reason})
	}
	fmt.Fprintln(out)
	return term.PrintTable(out, rows)
}
