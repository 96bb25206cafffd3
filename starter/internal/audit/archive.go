package audit

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newArchiveCommand(session *runs.Session) *cobra.Command {
	var place, runID string
	cmd := &cobra.Command{
		Use:   "archive RUN",
		Short: "Write a run that has ended into the audit store",
		Long: `Write a run that has ended into the audit store, as the run does itself. This is needed
for runs that ended while the store was unavailable, that the engine ended, or that are
older than the store. What the store has already is not written again.`,
		Example: `  novaflow audit archive web-1
  novaflow audit archive server:mycloud:web-1 --run-id 0198c2a4-6f0e-7d0a-9a55-0c1f8f7d7f11`,
	}
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		s, err := runs.SelectRun(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		if !s.Ended() {
			return fmt.Errorf("run %s has not ended: it is archived when it ends", s.Workflow)
		}
		return archiveRun(ctx, session, engine, s, runs.AuditPlace(place))
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	config.AddAuditFlag(cmd.Flags(), &place)
	return cmd
}

// archiveRun writes one run into an audit store.
func archiveRun(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot, place string) error {
	if place == audit.Off {
		return term.Usage("there is no audit store: give --audit")
	}
	if err := audit.Check(place); err != nil {
		return term.WithCode(term.ExitUsage, err)
	}
	parts, err := readParts(ctx, session, engine, runs.Row{Workflow: s.Workflow, Run: s.Run, Cloud: s.Cloud,
		Started: s.Started, Ended: s.Closed})
	if err != nil {
		return err
	}
	store, err := audit.Open(ctx, place)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // each write is whole
	events := 0
	for _, part := range parts {
		written, err := store.Write(ctx, part)
		if err != nil {
			return err
		}
		if written {
			events += len(part.Events)
		}
	}
	if missing := joinParts(parts).Missing; missing > 0 {
		return fmt.Errorf("%[3]d parts of run %[1]s (run id %[2]s) cannot be read without a worker: start a "+
			"`novaflow-worker` for task queue %[4]s", s.Workflow, s.Run, missing, s.Queue)
	}
	fmt.Fprintf(session.Out, "run %s (run id %s) is in %s: %d of its %d transitions were written now\n", s.Workflow,
		s.Run, store.Place(), events, len(joinParts(parts).Events))
	return nil
}
