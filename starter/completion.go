package main

import (
	"context"
	"slices"
	"strings"
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
	complete(cmd, "key-name", completeListed(cloud, (*activities.Clouds).KeyPairs))
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

// openRuns is the query for the runs that can be steered.
const openRuns = allRuns + " AND ExecutionStatus = 'Running'"

// completeRuns completes the workflow ids of the latest runs of a query, or the names in
// them where nothing else begins as what was typed.
func completeRuns(session *session, query string) completer {
	return firstWord(func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), completionTimeout)
		defer cancel()
		engine, err := session.engine(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer engine.Close()
		runs, _ := listRuns(ctx, engine, query, 100) // none is no error at a prompt
		return wordsOf(runs, typed), cobra.ShellCompDirectiveNoFileComp
	})
}

// wordsOf are the words by which runs can be called that begin as what was typed.
func wordsOf(runs []runRow, typed string) []string {
	var ids, names []string
	for _, r := range runs {
		if strings.HasPrefix(r.Workflow, typed) {
			ids = append(ids, r.Workflow)
		}
		if _, name, ok := strings.Cut(r.Workflow, ":"+r.Cloud+":"); ok && strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	if len(ids) == 0 {
		ids = names
	}
	slices.Sort(ids)
	return slices.Compact(ids)
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
