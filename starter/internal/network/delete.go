package network

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows"
)

func newDeleteCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete a network and everything that was made with it",
		Long: `Delete a network and everything that was made with it by the run that created it: its
subnets, router and security group. A router that you brought stays.

A network that others use is refused, and they are named. A create of this network
that is still under way is cancelled first, and takes back what it has made. A network
that novaflow did not make is refused.`,
		Example: "  novaflow network delete app",
		Args:    cobra.ExactArgs(1),
		RunE:    change.RunDelete(session, removable, &flags),
	}
	flags.AddForward(cmd)
	cmd.ValidArgsFunction = clouds.CompleteNetworks(&flags.Cloud)
	return cmd
}

// removable are networks.
var removable = change.Removable{
	Noun: "network", CreateFlow: createFlow, Parts: true,
	DeleteFlow: deleteFlow,
	Spec: func(o workflows.RunOptions, word, run string) workflows.Spec {
		return workflows.NetworkDeleteSpec{RunOptions: o, Network: word, Run: run}
	},
}
