package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
)

func (a *app) runLedgerCommand() *cobra.Command {
	var form format
	var runID string
	cmd := &cobra.Command{
		Use:   "ledger RUN",
		Short: "Show the record of a run: what was intended, done, undone and asked for",
		Long: `Show the record of a run: what was intended, done, undone, and what people asked for.
Without a worker that can tell it, it is rebuilt from the run's history.`,
		Example: `  novaflow run ledger web-1
  novaflow run ledger web-1 -o json`,
	}
	a.onRun(cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		s, err := earlier(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		past, err := a.past(ctx, engine, s)
		if err != nil {
			return err
		}
		return a.printLedger(past.Ledger, form)
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	addFormat(cmd.Flags(), &form)
	return cmd
}

// past is what a run has done so far: what it says itself, or what its history
// says when it cannot answer or was ended by the engine and so does not know how
// far its activities came.
func (a *app) past(ctx context.Context, engine client.Client, s snapshot) (*saga.Past, error) {
	l, silent := askLedger(ctx, engine, s.workflow, s.run)
	if silent == nil && (!s.ended() || l.State.Final()) {
		return &saga.Past{Ledger: l}, nil
	}
	options, err := a.connection.Options()
	if err != nil {
		return nil, err
	}
	past, err := saga.LedgerFromHistory(func(workflow, run string) client.HistoryEventIterator {
		return engine.GetWorkflowHistory(ctx, workflow, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	}, s.workflow, s.run, options.DataConverter)
	if err != nil {
		return nil, fmt.Errorf("the ledger can neither be asked for nor read from history: %w", err)
	}
	return past, nil
}

func (a *app) printLedger(l *saga.Ledger, form format) error {
	if form.document() {
		return printDocument(a.out, form, l)
	}
	rows := [][]string{{"TASK", "STATE", "ATTEMPT", "STARTED", "UNDONE", "MARK"}}
	for _, e := range l.Tasks {
		rows = append(rows, []string{e.Task, string(e.State), fmt.Sprint(e.Attempt), clock(e.Started), clock(e.Undone), string(e.Mark)})
	}
	fmt.Fprintf(a.out, "run %s of flow %s is %s\n", l.Run, l.Flow, l.State)
	if err := printTable(a.out, rows); err != nil || len(l.Requests) == 0 {
		return err
	}
	rows = [][]string{{"ASKED", "BY", "AT", "TASK", "REASON"}}
	for _, q := range l.Requests {
		rows = append(rows, []string{string(q.Verb), q.By, clock(q.Time), q.Task, q.Reason})
	}
	fmt.Fprintln(a.out)
	return printTable(a.out, rows)
}
