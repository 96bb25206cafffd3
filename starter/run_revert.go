package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
)

func (a *app) runRevertCommand() *cobra.Command {
	var reason, runID string
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "revert RUN",
		Short: "Take back everything that a run has made, also after its end",
		Long: `Take back everything that a run has made. A run on its way is told to go back. For
one that has ended, however it ended (committed, terminated, timed out, stopped), a new
run undoes what its record says was made and not undone. That needs neither the code
that made it nor a worker of that version.

The new run has the same workflow id: nothing else can change the same thing meanwhile.
Runs that only go forward, and those past their point of no return, are refused.

The command succeeds when everything is taken back.`,
		Example: `  novaflow run revert web-1 --reason "ordered by mistake"
  novaflow run revert web-1 --run-id 0198c2a4-6f0e-7d0a-9a55-0c1f8f7d7f11`,
	}
	a.onRun(cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		s, err := earlier(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		if !cmd.Flags().Changed("task-queue") {
			flags.queue = s.queue
		}
		return a.revertRun(ctx, engine, s, reason, flags)
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for whoever looks at the run later")
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	flags.add(cmd)
	return cmd
}

// revertRun takes a run back and shows how.
func (a *app) revertRun(ctx context.Context, engine client.Client, s snapshot, reason string, flags runFlags) error {
	run := s.run
	if !s.ended() {
		if _, err := tell(ctx, engine, s, saga.Request{Verb: saga.VerbRevert, Reason: reason}); err != nil {
			return err
		}
	} else {
		started, err := a.startRevert(ctx, engine, s, reason, flags.queue)
		if err != nil {
			return err
		}
		run = started
	}
	o, back, err := a.follow(ctx, engine, s.workflow, run, flags)
	if err != nil || back.run == "" {
		return err
	}
	return a.reportReverted(ctx, engine, o, back, flags.format)
}

// startRevert starts the run that takes back one that has ended.
func (a *app) startRevert(ctx context.Context, engine client.Client, s snapshot, reason, queue string) (run string, err error) {
	past, err := a.past(ctx, engine, s)
	if err != nil {
		return "", err
	}
	if err := past.Ledger.Revertible(); err != nil {
		return "", fmt.Errorf("%w; see `novaflow run show %s --run-id %s`", err, quote(s.workflow), s.run)
	}
	summary := fmt.Sprintf("take back run %s of %s", s.run, s.workflow)
	details := "Takes back:\n\n- " + strings.Join(past.Ledger.Owed(), "\n- ") + "\n"
	started, err := engine.ExecuteWorkflow(ctx, start{
		id: s.workflow, cloud: s.cloud, kind: saga.RevertKind, queue: queue, summary: summary, details: limited(details), reason: reason,
	}.options(), saga.RevertName,
		saga.RevertInput{Ledger: *past.Ledger, Busy: past.Busy, Reason: reason, By: asker(), Unarchived: unarchived(s)})
	if err != nil {
		return "", a.notStarted(ctx, engine, "run "+s.run, s.workflow, err)
	}
	return started.GetRunID(), nil
}

// unarchived is the run id of a run that the engine ended, so that it could not
// archive itself; "" of one that could.
func unarchived(s snapshot) string {
	switch s.status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return s.run
	}
	return ""
}

// limited is a text that the engine takes as details.
func limited(text string) string { return text[:min(len(text), 10_000)] }

// reportReverted says what became of a run that was to be taken back.
func (a *app) reportReverted(ctx context.Context, engine client.Client, o outcome, s snapshot, form format) error {
	if s.kind == saga.RevertName && s.ended() { // its ledger also has what was undone before
		if made, err := result(ctx, engine, s.workflow, s.run); err == nil {
			var r saga.Reverted
			if err := json.Unmarshal(made, &r); err != nil {
				return fmt.Errorf("what was taken back cannot be read: %w", err)
			}
			o.TakenBack, o.Left = r.TakenBack, r.LeftBehind
		}
	}
	if o.State != string(saga.RunReverted) || len(o.Left) > 0 {
		return a.reportFailure("run "+s.workflow+" was not taken back", o, s, form)
	}
	if form.document() {
		return printDocument(a.out, form, report{Workflow: s.workflow, Run: s.run, Outcome: o})
	}
	fmt.Fprintf(a.out, "run %s was taken back: %s\n", s.workflow, firstNonEmpty(strings.Join(o.TakenBack, ", "), "nothing had been made"))
	return nil
}
