package main

import (
	"context"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// completeSpec completes the flags that describe a server.
func completeSpec(cmd *cobra.Command, cloud *clouds.Flags) {
	networks := func(external bool) term.Completer {
		return clouds.CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
			return c.Networks(ctx, name, external)
		})
	}
	term.Complete(cmd, "image", clouds.CompleteImageNames(cloud))
	term.Complete(cmd, "flavor", clouds.CompleteFlavors(cloud))
	term.Complete(cmd, "key-name", clouds.CompleteListed(cloud, (*activities.Clouds).KeyPairs))
	term.Complete(cmd, "network", networks(false))
	term.Complete(cmd, "floating-ip", networks(true))
	term.Complete(cmd, "server-group-policy", term.Fixed(activities.Policies...))
	term.Complete(cmd, "ready", term.Fixed("tcp:22", "http:80", "https:443"))
	term.Complete(cmd, "ingress", term.Fixed("tcp:22", "tcp:80", "tcp:443", "icmp"))
}
