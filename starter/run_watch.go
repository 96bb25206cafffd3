package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/term"
)

func runWatchCommand(session *session) *cobra.Command {
	var form term.Format
	cmd := &cobra.Command{
		Use:   "watch RUN",
		Short: "Follow a run to its end",
		Long: `Follow a run to its end. The exit code tells how it ended: 0 committed, 1 reverted,
failed or cancelled, 3 stuck or held. Interrupting this command does not touch the run.`,
		Example: "  novaflow run watch web-1",
	}
	onRun(session, cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		return followRun(ctx, session, engine, s, form)
	})
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

// followRun watches a run that somebody started and reports its end.
func followRun(ctx context.Context, session *session, engine client.Client, s snapshot, form term.Format) error {
	o, s, err := follow(ctx, session, engine, s.workflow, s.run, runFlags{wait: true, format: form})
	switch {
	case err != nil:
		return err
	case s.kind == saga.RevertName:
		return reportReverted(ctx, session.out, engine, o, s, form)
	case o.State == string(saga.RunCommitted):
		return reportCommitted(ctx, session, engine, s, form)
	}
	return reportFailure(session.out, s.kind+" "+s.workflow, o, s, form)
}
