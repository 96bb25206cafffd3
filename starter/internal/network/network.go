// Package network is the noun network of the command line: it turns flags and request
// files into requests for networks with their subnets, and lists and shows networks.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package network

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// Command builds the noun network.
func Command(session *runs.Session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Create, adopt, delete, list and show networks",
		Long: "Create, adopt, release and delete networks with their subnets, router and security group, and look " +
			"at them.",
		Example: "  novaflow network create app --subnet 192.168.7.0/24 --new-router --external-gateway auto",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(newCreateCommand(session), newDeleteCommand(session),
		change.NewMarkCommand(session, "network", "app", change.Adopting, clouds.CompleteNetworks),
		change.NewMarkCommand(session, "network", "app", change.Releasing, clouds.CompleteNetworks),
		newListCommand(session.Out), newShowCommand(session.Out))
	return cmd
}
