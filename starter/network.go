package main

import (
	"github.com/spf13/cobra"

	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// networkCommand is the noun network.
func networkCommand(session *session) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "network",
		Short:   "Create, adopt, delete, list and show networks",
		Long:    "Create, adopt, release and delete networks with their subnets, router and security group, and look at them.",
		Example: "  novaflow network create app --subnet 192.168.7.0/24 --new-router --external-gateway auto",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(networkCreateCommand(session), networkDeleteCommand(session), markCommand(session, "network", "app", adopting, clouds.CompleteNetworks),
		markCommand(session, "network", "app", releasing, clouds.CompleteNetworks), networkListCommand(session.out), networkShowCommand(session.out))
	return cmd
}
