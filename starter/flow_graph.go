package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
)

func (a *app) runGraphCommand() *cobra.Command {
	var language drawingLanguage
	cmd := &cobra.Command{
		Use:   "graph RUN",
		Short: "Draw a run with the states of its tasks, in Mermaid or for Graphviz",
		Long: `Draw a run with the states of its tasks, in Mermaid or for Graphviz. Runs that have
ended can be drawn too, as long as a worker for their task queue is there.`,
		Example: `  novaflow run graph web-1
  novaflow run graph web-1 --format dot | dot -Tsvg > web-1.svg`,
	}
	a.onRun(cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		l, err := askLedger(ctx, engine, s.workflow, s.run)
		if err != nil {
			return fmt.Errorf("no worker told the ledger of %s (%s): start a `novaflow-worker` for task queue %s", s.workflow, oneLine(err.Error()), s.queue)
		}
		_, err = io.WriteString(a.out, language.of(l))
		return err
	})
	language.add(cmd)
	return cmd
}
