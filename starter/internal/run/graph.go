package run

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/runs"
)

func newGraphCommand(session *runs.Session) *cobra.Command {
	var language runs.DrawingLanguage
	var runID string
	cmd := &cobra.Command{
		Use:   "graph RUN",
		Short: "Draw a run with the states of its tasks, in Mermaid or for Graphviz",
		Long: `Draw a run with the states of its tasks, in Mermaid or for Graphviz. It is drawn from its
record or, without a worker that answers, from its history.`,
		Example: `  novaflow run graph web-1
  novaflow run graph web-1 --format dot | dot -Tsvg > web-1.svg`,
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
		_, err = io.WriteString(session.Out, language.Draw(saga.DrawLedger(past.Ledger)))
		return err
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	language.Add(cmd)
	return cmd
}
