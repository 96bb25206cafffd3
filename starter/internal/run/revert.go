package run

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newRevertCommand(session *runs.Session) *cobra.Command {
	var reason, runID string
	var flags change.RunFlags
	cmd := &cobra.Command{
		Use:   "revert RUN",
		Short: "Revert everything that a run has created, also after its end",
		Long: `Revert everything that a run has created. A run that is under way gets a request to revert. If it
has ended, no matter how (committed, terminated, timed out, stopped), a new run undoes what
its record says was done and not undone. That needs neither the code of the first run nor a
worker of that version.

The new run has the same workflow id, so nothing else can change the resource meanwhile.
Runs that only go forward, and those past their point of no return, are refused.

The command succeeds when everything is reverted.`,
		Example: `  novaflow run revert web-1 --reason "ordered by mistake"
  novaflow run revert web-1 --run-id 0198c2a4-6f0e-7d0a-9a55-0c1f8f7d7f11`,
	}
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		s, err := runs.SelectRun(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		if !cmd.Flags().Changed("task-queue") {
			flags.Queue = s.Queue
		}
		return revertRun(ctx, session, engine, s, reason, flags)
	})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for people who look at the run later")
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	flags.Add(cmd)
	return cmd
}

// revertRun reverts a run and shows how.
func revertRun(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot, reason string,
	flags change.RunFlags) error {
	if s.Ended() {
		return revertPast(ctx, session, engine, s, reason, flags)
	}
	if _, err := sendVerb(ctx, engine, s, saga.Request{Verb: saga.VerbRevert, Reason: reason}); err != nil {
		return err
	}
	flags.Verb = saga.VerbRevert
	o, back, err := change.Follow(ctx, session, engine, s.Workflow, s.Run, flags)
	if err != nil || back.Run == "" {
		return err
	}
	return reportReverted(ctx, session.Out, engine, o, back, flags.Format)
}

// revertPast reverts a run that has ended. If its ledger is too large for one run,
// several follow one another.
func revertPast(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot, reason string,
	flags change.RunFlags) error {
	inputs, err := revertInputs(ctx, session, engine, s, reason)
	if err != nil {
		return err
	}
	var before []string // what earlier parts have reverted
	for i, in := range inputs {
		run, err := startRevert(ctx, engine, s, in, flags.Queue)
		if err != nil {
			return err
		}
		o, back, err := change.Follow(ctx, session, engine, s.Workflow, run, flags)
		if err == nil && back.Run != "" {
			err = readReverted(ctx, engine, &o, back)
		}
		last := i+1 == len(inputs)
		if err == nil && o.AllReverted() && !last {
			before = append(before, o.Reverted...)
			continue
		}
		if !last {
			fmt.Fprintf(session.ErrOut, "This is part %d of %d of what is to be reverted. When it has ended, go on "+
				"with\n  novaflow run revert %s --run-id %s\n", i+1, len(inputs), term.Quote(s.Workflow), s.Run)
		}
		if err != nil || back.Run == "" {
			return err
		}
		o.Reverted = append(before, o.Reverted...)
		return printReverted(session.Out, o, back, flags.Format)
	}
	return nil
}

// revertInputs returns the inputs of the runs that revert one that has ended.
func revertInputs(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot,
	reason string) (inputs []saga.RevertInput, err error) {
	past, err := runs.ReadPast(ctx, session, engine, s)
	if err != nil {
		return nil, err
	}
	if err := past.Ledger.Revertible(); err != nil {
		return nil, fmt.Errorf("%w; see `novaflow run show %s --run-id %s`", err, term.Quote(s.Workflow), s.Run)
	}
	portions, err := past.Ledger.Portions()
	for i, p := range portions {
		in := saga.RevertInput{Ledger: p, Busy: past.Busy, Reason: reason, By: runs.Asker(),
			Unarchived: unarchivedRun(s)}
		if len(portions) > 1 {
			in.Part, in.Parts = i+1, len(portions)
		}
		if len(p.Owed()) > 0 {
			inputs = append(inputs, in)
		}
	}
	return inputs, err
}

// startRevert starts a run that reverts one that has ended, or a part of it.
func startRevert(ctx context.Context, engine client.Client, s runs.Snapshot, in saga.RevertInput,
	queue string) (run string, err error) {
	summary := fmt.Sprintf("revert run %s of %s", s.Run, s.Workflow)
	if in.Parts > 1 {
		summary += fmt.Sprintf(", part %d of %d", in.Part, in.Parts)
	}
	details := "Reverts:\n\n- " + strings.Join(in.Ledger.Owed(), "\n- ") + "\n"
	started, err := runs.StartUnlessLocked(ctx, engine, change.Start{
		ID: s.Workflow, Cloud: s.Cloud, Kind: saga.RevertKind, Queue: queue, Summary: summary,
		Details: term.ClipDetails(details), Reason: in.Reason,
	}.Options(), saga.RevertName, in)
	if err != nil {
		return "", change.NotStartedError(ctx, engine, "run "+s.Run, s.Workflow, err)
	}
	return started.GetRunID(), nil
}

// unarchivedRun returns the run id of a run that the engine ended, so that it could not
// archive itself. It returns "" for any other run.
func unarchivedRun(s runs.Snapshot) string {
	switch s.Status {
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return s.Run
	}
	return ""
}

// reportReverted reports how a run ended that was to be reverted.
func reportReverted(ctx context.Context, out io.Writer, engine client.Client, o runs.Outcome, s runs.Snapshot,
	form term.Format) error {
	if err := readReverted(ctx, engine, &o, s); err != nil {
		return err
	}
	return printReverted(out, o, s, form)
}

// readReverted reads what a revert run has reverted itself. Its ledger also has what was
// undone before.
func readReverted(ctx context.Context, engine client.Client, o *runs.Outcome, s runs.Snapshot) error {
	if s.Kind != saga.RevertName || !s.Ended() {
		return nil
	}
	created, err := runs.ReadResult(ctx, engine, s.Workflow, s.Run)
	if err != nil {
		return nil //nolint:nilerr // it has none, as it did not end well
	}
	var r saga.Reverted
	if err := json.Unmarshal(created, &r); err != nil {
		return fmt.Errorf("what was reverted cannot be read: %w", err)
	}
	o.Reverted, o.LeftBehind = r.Undone, r.LeftBehind
	return nil
}

func printReverted(out io.Writer, o runs.Outcome, s runs.Snapshot, form term.Format) error {
	if !o.AllReverted() {
		return change.ReportFailure(out, "run "+s.Workflow+" was not reverted", o, s, form)
	}
	if form.IsDocument() {
		return term.PrintDocument(out, form, change.Report{Workflow: s.Workflow, Run: s.Run, Outcome: o})
	}
	fmt.Fprintf(out, "run %s was reverted: %s\n", s.Workflow,
		cmp.Or(strings.Join(o.Reverted, ", "), "nothing was created"))
	return nil
}
