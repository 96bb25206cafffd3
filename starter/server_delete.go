package main

import (
	"github.com/spf13/cobra"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func (a *app) serverDeleteCommand() *cobra.Command {
	var flags changeFlags
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete a server and everything that was made for it",
		Long: `Delete a server and everything that was made for it by the run that created it: its
ports, volumes, security group and floating IP. What you brought yourself stays.

A create of this server that is still under way is cancelled first, and takes back
what it has made. A server that novaflow did not make is refused.
If somebody else deleted the server, what is left of its parts is deleted.`,
		Example: "  novaflow server delete web-1",
		Args:    cobra.ExactArgs(1),
		RunE:    a.deleteRun(removableServer, &flags),
	}
	flags.addForward(cmd)
	cmd.ValidArgsFunction = completeServers(&flags.cloud)
	return cmd
}

// removableServer are servers.
var removableServer = removable{
	noun: "server", createName: server.Create.Workflow, createKind: server.Create.Kind,
	deleteName: server.Delete.Workflow, deleteKind: server.Delete.Kind,
	spec: func(o spec.RunOptions, word, run string) spec.Spec {
		return server.DeleteSpec{RunOptions: o, Server: word, Run: run}
	},
}
