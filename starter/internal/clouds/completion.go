package clouds

import (
	"context"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/hosts"
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
		servers, err := nova.ListServers(ctx, c, name)
		var names []string
		for _, s := range servers {
			if s.Mark != "" {
				names = append(names, s.Name)
			}
		}
		return names, err
	}))
}

// CompleteImageNames completes names of all images.
func CompleteImageNames(cloud *Flags) term.Completer {
	return CompleteFrom(cloud, glance.ListImageNames)
}

// CompleteFlavors completes names of flavors.
func CompleteFlavors(cloud *Flags) term.Completer {
	return CompleteFrom(cloud, nova.ListFlavorNames)
}

// CompleteHosts completes names of compute hosts.
func CompleteHosts(cloud *Flags) term.Completer {
	return CompleteFrom(cloud, hosts.ListHostNames)
}

// CompleteProjects completes names of projects.
func CompleteProjects(cloud *Flags) term.Completer {
	return CompleteFrom(cloud, keystone.ListProjectNames)
}

// CompleteImages completes names of images that novaflow created.
func CompleteImages(cloud *Flags) term.Completer {
	return term.FirstWord(CompleteFrom(cloud, func(ctx context.Context, c *activities.Clouds,
		name string) (names []string, err error) {
		all, err := glance.ListImages(ctx, c, name)
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
		all, err := neutron.ListNetworks(ctx, c, name)
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
		all, err := cinder.ListVolumes(ctx, c, name)
		for _, v := range all {
			if v.Mark != "" && v.Name != "" {
				names = append(names, v.Name)
			}
		}
		return names, err
	}))
}
