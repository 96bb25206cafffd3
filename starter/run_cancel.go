package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

func runCancelCommand(session *session) *cobra.Command {
	var reason string
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Cancel a run: it takes back what it has made",
		Long: `Cancel a run and wait until it has taken back what it made. A run that deletes has
nothing to take back: it stops where it is.

The command succeeds when the run has ended because of it.`,
		Example: `  novaflow run cancel web-1 --reason "wrong flavor"`,
	}
	onRun(session, cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		return cancelRun(ctx, session, engine, s, reason, flags)
	})
	cmd.ValidArgsFunction = completeRuns(session, openRuns)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever looks at the run later")
	flags.add(cmd)
	return cmd
}

// cancelRun cancels a run and shows how it goes back.
func cancelRun(ctx context.Context, session *session, engine client.Client, s snapshot, reason string, flags runFlags) error {
	if s.ended() {
		return fmt.Errorf("run %s has ended already, %s ago: %s", s.workflow, term.Duration(s.now.Sub(s.closed)), state(s))
	}
	if err := requestCancel(ctx, engine, s, reason); err != nil {
		return err
	}
	flags.told = "cancel"
	o, s, err := follow(ctx, session, engine, s.workflow, s.run, flags)
	if err != nil || s.run == "" {
		return err
	}
	return reportCancelled(session.out, o, s, flags.format)
}

// requestCancel tells the run who cancels it and why, which the engine would not, and
// then the engine.
func requestCancel(ctx context.Context, engine client.Client, s snapshot, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	why := saga.Request{Reason: reason, By: asker()}
	if err := engine.SignalWorkflow(ctx, s.workflow, s.run, saga.SignalCancelling, why); err != nil {
		return engineProblem(err)
	}
	return engineProblem(engine.CancelWorkflowWithOptions(ctx, client.CancelWorkflowOptions{
		WorkflowID: s.workflow, RunID: s.run, Reason: reason,
	}))
}

// reportCancelled says what became of a run that was to be cancelled.
func reportCancelled(out io.Writer, o outcome, s snapshot, form term.Format) error {
	switch o.State {
	case string(saga.RunCommitted):
		return reportLate(out, o, s, form)
	case string(saga.RunReverted), string(saga.RunStopped), "CANCELED":
		if err := reportFailure(out, "run "+s.workflow+" has ended", o, s, form); term.Code(err) != term.ExitFailed {
			return err
		}
		return nil
	}
	return reportFailure(out, "run "+s.workflow, o, s, form)
}

// reportLate is about a run that committed before the cancellation reached it.
func reportLate(out io.Writer, o outcome, s snapshot, form term.Format) error {
	if form.IsDocument() {
		if err := term.PrintDocument(out, form, report{Workflow: s.workflow, Run: s.run, Outcome: o}); err != nil {
			return err
		}
		return term.Done(term.ExitFailed)
	}
	return fmt.Errorf("run %s had committed before it could be cancelled", s.workflow)
}
