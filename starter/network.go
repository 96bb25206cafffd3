package main

import (
	"github.com/spf13/cobra"
)

// networkCommand is the noun network.
func (a *app) networkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "network",
		Short:   "Create, adopt, delete, list and show networks",
		Long:    "Create, adopt, release and delete networks with their subnets, router and security group, and look at them.",
		Example: "  novaflow network create app --subnet 192.168.7.0/24 --new-router --external-gateway auto",
		Args:    cobra.ArbitraryArgs,
		RunE:    group,
	}
	cmd.AddCommand(a.networkCreateCommand(), a.networkDeleteCommand(), a.markCommand("network", "app", adopting, completeNetworks),
		a.markCommand("network", "app", releasing, completeNetworks), a.networkListCommand(), a.networkShowCommand())
	return cmd
}
