package run

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newWatchCommand(session *runs.Session) *cobra.Command {
	var form term.Format
	cmd := &cobra.Command{
		Use:   "watch RUN",
		Short: "Follow a run to its end",
		Long: `Follow a run to its end. The exit code says how it ended: 0 committed, 1 reverted,
failed or cancelled, 3 stuck or held. Interrupting this command does not touch the run.`,
		Example: "  novaflow run watch web-1",
	}
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		return followRun(ctx, session, engine, s, form)
	})
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

// followRun watches a run that is under way and reports its end.
func followRun(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot,
	form term.Format) error {
	o, s, err := change.Follow(ctx, session, engine, s.Workflow, s.Run, change.RunFlags{Wait: true, Format: form})
	switch {
	case err != nil:
		return err
	case s.Kind == saga.RevertName:
		return reportReverted(ctx, session.Out, engine, o, s, form)
	case o.State == string(saga.RunCommitted):
		return change.ReportCommitted(ctx, session, engine, s, form)
	}
	return change.ReportFailure(session.Out, s.Kind+" "+s.Workflow, o, s, form)
}
