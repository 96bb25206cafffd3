package runs

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// OnRun completes a command about one run. The command connects to the engine, resolves
// the run that its first argument names, and calls do.
func OnRun(session *Session, cmd *cobra.Command, do func(context.Context, client.Client, Snapshot) error) {
	OnRunWith(session, cmd, cobra.ExactArgs(1), func(ctx context.Context, engine client.Client, s Snapshot,
		_ []string) error {
		return do(ctx, engine, s)
	})
}

// OnRunWith is OnRun for a command that takes more arguments.
func OnRunWith(session *Session, cmd *cobra.Command, count cobra.PositionalArgs,
	do func(context.Context, client.Client, Snapshot, []string) error) {
	cloud := &clouds.Flags{}
	cloud.Add(cmd.Flags())
	term.Complete(cmd, "cloud", cloud.Complete)
	cmd.ValidArgsFunction = Complete(session, AllRuns)
	cmd.Args = count
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		engine, err := session.Dial(cmd.Context())
		if err != nil {
			return err
		}
		defer engine.Close()
		s, err := Resolve(cmd.Context(), engine, args[0], cloud)
		if err != nil {
			return err
		}
		return do(cmd.Context(), engine, s, args[1:])
	}
}
