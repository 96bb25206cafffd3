// Package run is the noun run of the command line: it lists, shows, draws and follows
// runs, and sends them what operators decide.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package run

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun run.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Look at runs, follow them, steer them and revert them",
		Long: `Look at runs, follow them, steer them and revert them. A run is one change to a cloud, and
one workflow execution in the engine.

Where a command takes a run, give its workflow id as ` + "`novaflow run list`" + ` shows it,
the name of a server or of another resource, or a run id.`,
		Example: "  novaflow run list --state stuck",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newListCommand(session), newShowCommand(session), newLedgerCommand(session),
		newGraphCommand(session), newWatchCommand(session), newCancelCommand(session), newRevertCommand(session))
	for _, v := range verbs {
		cmd.AddCommand(newVerbCommand(session, v))
	}
	return cmd
}
