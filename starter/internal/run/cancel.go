package run

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newCancelCommand(session *runs.Session) *cobra.Command {
	var reason string
	var flags change.RunFlags
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Cancel a run: it reverts what it has created",
		Long: `Cancel a run and wait until it has reverted what it created. A run that deletes has nothing
to revert: it stops where it is.

The command succeeds when the run has ended because of it.`,
		Example: `  novaflow run cancel web-1 --reason "wrong flavor"`,
	}
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		return cancelRun(ctx, session, engine, s, reason, flags)
	})
	cmd.ValidArgsFunction = runs.Complete(session, runs.OpenRuns)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people who look at the run later")
	flags.Add(cmd)
	return cmd
}

// cancelRun cancels a run and shows how it reverts.
func cancelRun(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot, reason string,
	flags change.RunFlags) error {
	if s.Ended() {
		return fmt.Errorf("run %s has ended already, %s ago: %s", s.Workflow, term.Duration(s.Now.Sub(s.Closed)),
			runs.StateOf(s))
	}
	if err := runs.RequestCancel(ctx, engine, s, reason); err != nil {
		return err
	}
	flags.Verb = "cancel"
	o, s, err := change.Follow(ctx, session, engine, s.Workflow, s.Run, flags)
	if err != nil || s.Run == "" {
		return err
	}
	return reportCancelled(session.Out, o, s, flags.Format)
}

// reportCancelled reports how a run ended after it was cancelled.
func reportCancelled(out io.Writer, o runs.Outcome, s runs.Snapshot, form term.Format) error {
	switch o.State {
	case string(saga.RunCommitted):
		return reportLate(out, o, s, form)
	case string(saga.RunReverted), string(saga.RunStopped), "CANCELED":
		err := change.ReportFailure(out, "run "+s.Workflow+" has ended", o, s, form)
		if term.Code(err) != term.ExitFailed {
			return err
		}
		return nil
	}
	return change.ReportFailure(out, "run "+s.Workflow, o, s, form)
}

// reportLate reports a run that committed before the cancellation reached it.
func reportLate(out io.Writer, o runs.Outcome, s runs.Snapshot, form term.Format) error {
	if form.IsDocument() {
		report := change.Report{Workflow: s.Workflow, Run: s.Run, Outcome: o}
		if err := term.PrintDocument(out, form, report); err != nil {
			return err
		}
		return term.Done(term.ExitFailed)
	}
	return fmt.Errorf("run %s had committed before it could be cancelled", s.Workflow)
}
