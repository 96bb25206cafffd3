// Package server is the noun server of the command line: it turns flags and request files
// into requests for servers, lists and shows servers, and says what became of them.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package server

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun server.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Create, delete, change and look at servers",
		Long: "Create, delete, change and look at servers. Each change to a server is a run, and only one run at " +
			"a time may change a server.",
		Example: "  novaflow server list",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newCreateCommand(session), newDeleteCommand(session), newListCommand(session.Out),
		newShowCommand(session.Out))
	cmd.AddCommand(newPowerCommands(session)...)
	cmd.AddCommand(newSetCommand(session), newUnsetCommand(session), newSnapshotCommand(session),
		newResizeCommand(session), newMigrateCommand(session), newRebuildCommand(session))
	cmd.AddCommand(newAddCommand(session), newRemoveCommand(session), newMarkCommand(session, change.Adopting),
		newMarkCommand(session, change.Releasing))
	return cmd
}
