package main

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func serverCommand(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "server",
		Short:   "Create, delete, change and look at servers",
		Long:    "Create, delete, change and look at servers. Each change to a server is a run, and only one run at a time may change a server.",
		Example: "  novaflow server list",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(serverCreateCommand(session), serverDeleteCommand(session), serverListCommand(session.Out), serverShowCommand(session.Out))
	cmd.AddCommand(powerCommands(session)...)
	cmd.AddCommand(serverSetCommand(session), serverUnsetCommand(session), serverSnapshotCommand(session),
		serverResizeCommand(session), serverMigrateCommand(session), serverRebuildCommand(session))
	cmd.AddCommand(serverAddCommand(session), serverRemoveCommand(session), serverMarkCommand(session, change.Adopting), serverMarkCommand(session, change.Releasing))
	return cmd
}
