package clouds

import (
	"context"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/term"
)

// CompleteFrom completes with what a cloud lists. If the cloud does not answer, nothing
// is completed: a prompt must not show errors.
func CompleteFrom(cloud *Flags, ask func(context.Context, *activities.Clouds,
	string) ([]string, error)) term.Completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		name, err := cloud.Choose()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), term.CompletionTimeout)
		defer cancel()
		words, err := ask(ctx, cloud.Access(), name)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteServers completes names of servers that novaflow created.
func CompleteServers(cloud *Flags) term.Completer {
	return term.FirstWord(CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds,
		name string) ([]string, error) {
		servers, err := c.Servers(ctx, name)
		var names []string
		for _, s := range servers {
			if s.Mark != "" {
				names = append(names, s.Name)
			}
		}
		return names, err
	}))
}

// CompleteListed completes the names that a list of a cloud has.
func CompleteListed(cloud *Flags, list func(*activities.Clouds, context.Context,
	string) ([]string, error)) term.Completer {
	return CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
		return list(c, ctx, name)
	})
}

// CompleteImageNames completes names of all images.
func CompleteImageNames(cloud *Flags) term.Completer {
	return CompleteListed(cloud, (*activities.Clouds).Images)
}

// CompleteFlavors completes names of flavors.
func CompleteFlavors(cloud *Flags) term.Completer {
	return CompleteListed(cloud, (*activities.Clouds).Flavors)
}

// CompleteHosts completes names of compute hosts.
func CompleteHosts(cloud *Flags) term.Completer {
	return CompleteListed(cloud, (*activities.Clouds).Hosts)
}

// CompleteProjects completes names of projects.
func CompleteProjects(cloud *Flags) term.Completer {
	return CompleteListed(cloud, (*activities.Clouds).Projects)
}

// CompleteImages completes names of images that novaflow created.
func CompleteImages(cloud *Flags) term.Completer {
	return term.FirstWord(CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds,
		name string) (names []string, err error) {
		all, err := c.ProjectImages(ctx, name)
		for _, im := range all {
			if im.Mark != "" && im.Name != "" {
				names = append(names, im.Name)
			}
		}
		return names, err
	}))
}

// CompleteNetworks completes names of networks that novaflow created.
func CompleteNetworks(cloud *Flags) term.Completer {
	return term.FirstWord(CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds,
		name string) ([]string, error) {
		all, err := c.ProjectNetworks(ctx, name)
		var names []string
		for _, n := range all {
			if n.Mark != "" {
				names = append(names, n.Name)
			}
		}
		return names, err
	}))
}

// CompleteVolumes completes names of volumes that novaflow created.
func CompleteVolumes(cloud *Flags) term.Completer {
	return term.FirstWord(CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds,
		name string) (names []string, err error) {
		all, err := c.Volumes(ctx, name)
		for _, v := range all {
			if v.Mark != "" && v.Name != "" {
				names = append(names, v.Name)
			}
		}
		return names, err
	}))
}
