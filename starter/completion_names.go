package main

import (
	"context"

	"novaflow/activities"
	"novaflow/starter/internal/term"
)

// completeListed completes the names that a list of a cloud has.
func completeListed(cloud *cloudFlags, list func(*activities.Clouds, context.Context, string) ([]string, error)) term.Completer {
	return fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
		return list(c, ctx, name)
	})
}

func completeImageNames(cloud *cloudFlags) term.Completer {
	return completeListed(cloud, (*activities.Clouds).Images)
}

func completeFlavors(cloud *cloudFlags) term.Completer {
	return completeListed(cloud, (*activities.Clouds).Flavors)
}

func completeHosts(cloud *cloudFlags) term.Completer {
	return completeListed(cloud, (*activities.Clouds).Hosts)
}

func completeProjects(cloud *cloudFlags) term.Completer {
	return completeListed(cloud, (*activities.Clouds).Projects)
}
