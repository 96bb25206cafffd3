package main

import "github.com/spf13/cobra"

func (a *app) serverCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "server",
		Short:   "Create, delete, change and look at servers",
		Long:    "Create, delete, change and look at servers. Each change to a server is a run, and only one run at a time may change a server.",
		Example: "  novaflow server list",
		Args:    cobra.ArbitraryArgs,
		RunE:    group,
	}
	cmd.AddCommand(a.serverCreateCommand(), a.serverDeleteCommand(), a.serverListCommand(), a.serverShowCommand())
	cmd.AddCommand(a.powerCommands()...)
	cmd.AddCommand(a.serverSetCommand(), a.serverUnsetCommand(), a.serverSnapshotCommand(),
		a.serverResizeCommand(), a.serverMigrateCommand(), a.serverRebuildCommand())
	cmd.AddCommand(a.serverAddCommand(), a.serverRemoveCommand(), a.serverMarkCommand(adopting), a.serverMarkCommand(releasing))
	return cmd
}
