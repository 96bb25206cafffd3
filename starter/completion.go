package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"novaflow/activities"
)

// completionTimeout bounds what a shell waits for.
const completionTimeout = 3 * time.Second

// completer is cobra's function for completing a word.
type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// complete gives a flag its completion.
func complete(cmd *cobra.Command, flag string, with completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, with); err != nil {
		panic(err) // the flag does not exist: a mistake in this package
	}
}

// fixed completes from a list.
func fixed(words ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// fromCloud completes with what a cloud says. A cloud that does not answer
// completes nothing: a prompt is no place for errors.
func fromCloud(cloud *cloudFlags, ask func(context.Context, *activities.Clouds, string) ([]string, error)) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		name, err := cloud.choose()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
		defer cancel()
		words, err := ask(ctx, cloud.clouds(), name)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSpec completes the flags that describe a server.
func completeSpec(cmd *cobra.Command, cloud *cloudFlags) {
	networks := func(external bool) completer {
		return fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
			return c.Networks(ctx, name, external)
		})
	}
	complete(cmd, "image", completeImageNames(cloud))
	complete(cmd, "flavor", completeFlavors(cloud))
	complete(cmd, "key-name", fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
		return c.KeyPairs(ctx, name)
	}))
	complete(cmd, "network", networks(false))
	complete(cmd, "floating-ip", networks(true))
	complete(cmd, "server-group-policy", fixed(activities.Policies...))
	complete(cmd, "ready", fixed("tcp:22", "http:80", "https:443"))
	complete(cmd, "ingress", fixed("tcp:22", "tcp:80", "tcp:443", "icmp"))
}

// completeServers completes names of servers that novaflow made.
func completeServers(cloud *cloudFlags) completer {
	return firstWord(fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
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

// completeRuns completes the workflow ids of the latest runs.
func (a *app) completeRuns(cmd *cobra.Command) {
	cmd.ValidArgsFunction = firstWord(func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
		defer cancel()
		engine, err := a.engine(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer engine.Close()
		runs, _ := listRuns(ctx, engine, allRuns, 100) // none is no error at a prompt
		var ids []string
		for _, r := range runs {
			ids = append(ids, r.Workflow)
		}
		slices.Sort(ids)
		return slices.Compact(ids), cobra.ShellCompDirectiveNoFileComp
	})
}

// firstWord completes the first argument only.
func firstWord(with completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return with(cmd, args, typed)
	}
}
