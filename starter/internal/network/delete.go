package network

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/workflows/network"
	"novaflow/workflows/spec"
)

func newDeleteCommand(session *runs.Session) *cobra.Command {
	var flags change.Flags
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete a network and everything that was created with it",
		Long: `Delete a network and everything that was created with it in the same run: its subnets,
router and security group. An existing router that you supplied stays.

A network that others use is refused, and its users are named. A create of this network
that is still under way is cancelled first, and reverts what it has created. A network
that novaflow did not create is refused.`,
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
	Spec: func(o spec.RunOptions, word, run string) spec.Spec {
		return network.DeleteSpec{RunOptions: o, Network: word, Run: run}
	},
}
