package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/workflows"
)

func (a *app) runWatchCommand() *cobra.Command {
	var form format
	cmd := &cobra.Command{
		Use:   "watch RUN",
		Short: "Follow a run to its end",
		Long: `Follow a run to its end. The exit code tells how it ended: 0 committed, 1 reverted,
failed or cancelled, 3 stuck or held. Interrupting this command does not touch the run.`,
		Example: "  novaflow run watch web-1",
	}
	a.onRun(cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		return a.followRun(ctx, engine, s, form)
	})
	addFormat(cmd.Flags(), &form)
	return cmd
}

// followRun watches a run that somebody started and reports its end.
func (a *app) followRun(ctx context.Context, engine client.Client, s snapshot, form format) error {
	o, s, err := a.follow(ctx, engine, s.workflow, s.run, runFlags{wait: true, format: form})
	switch {
	case err != nil:
		return err
	case s.kind == saga.RevertName:
		return a.reportReverted(ctx, engine, o, s, form)
	case o.State == string(saga.RunCommitted) && s.kind == workflows.ServerCreateName:
		return a.reportServer(ctx, engine, s, form)
	case o.State == string(saga.RunCommitted) && s.kind == workflows.ServerDeleteName:
		return a.reportDeleted(ctx, engine, s, form)
	case o.State == string(saga.RunCommitted):
		return a.reportResult(ctx, engine, s, form)
	}
	return a.reportFailure(s.kind+" "+s.workflow, o, s, form)
}

// reportResult tells what a committed run of somebody else's flow returned.
func (a *app) reportResult(ctx context.Context, engine client.Client, s snapshot, form format) error {
	made, err := result(ctx, engine, s.workflow, s.run)
	if err != nil {
		return fmt.Errorf("the run has committed, but its result cannot be read: %w", err)
	}
	if form == asJSON {
		return printJSON(a.out, report{Workflow: s.workflow, Run: s.run, Outcome: decide(s, nil), Result: made})
	}
	fmt.Fprintf(a.out, "%s %s has committed: %s\n", s.kind, s.workflow, made)
	return nil
}
