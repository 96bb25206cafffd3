package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/activities"
	"novaflow/starter/internal/term"
)

// fromCloud completes with what a cloud says. A cloud that does not answer
// completes nothing: a prompt is no place for errors.
func fromCloud(cloud *cloudFlags, ask func(context.Context, *activities.Clouds, string) ([]string, error)) term.Completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		name, err := cloud.choose()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), term.CompletionTimeout)
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
	networks := func(external bool) term.Completer {
		return fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
			return c.Networks(ctx, name, external)
		})
	}
	term.Complete(cmd, "image", completeImageNames(cloud))
	term.Complete(cmd, "flavor", completeFlavors(cloud))
	term.Complete(cmd, "key-name", completeListed(cloud, (*activities.Clouds).KeyPairs))
	term.Complete(cmd, "network", networks(false))
	term.Complete(cmd, "floating-ip", networks(true))
	term.Complete(cmd, "server-group-policy", term.Fixed(activities.Policies...))
	term.Complete(cmd, "ready", term.Fixed("tcp:22", "http:80", "https:443"))
	term.Complete(cmd, "ingress", term.Fixed("tcp:22", "tcp:80", "tcp:443", "icmp"))
}

// completeServers completes names of servers that novaflow made.
func completeServers(cloud *cloudFlags) term.Completer {
	return term.FirstWord(fromCloud(cloud, func(ctx context.Context, c *activities.Clouds, name string) ([]string, error) {
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
func completeRuns(session *session, query string) term.Completer {
	return term.FirstWord(func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), term.CompletionTimeout)
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
