package server

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

func newDeleteCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete a server and everything that was created for it",
		Long: `Delete a server and everything that was created for it in the same run: its ports, volumes,
security group and floating IP. Existing resources that you supplied stay.

A create of this server that is still under way is cancelled first, and reverts what it
has created. A server that novaflow did not create is refused. If the server was deleted
by other means, what is left of its parts is deleted.`,
		Example: "  novaflow server delete web-1",
		Args:    cobra.ExactArgs(1),
		RunE:    change.RunDelete(session, removable, &flags),
	}
	flags.AddForward(cmd)
	cmd.ValidArgsFunction = clouds.CompleteServers(&flags.Cloud)
	return cmd
}

// removable are servers.
var removable = change.Removable{
	Noun: "server", CreateFlow: createFlow, Parts: true,
	DeleteFlow: deleteFlow,
	Spec: func(o spec.RunOptions, word, run string) spec.Spec {
		return server.DeleteSpec{RunOptions: o, Server: word, Run: run}
	},
}
