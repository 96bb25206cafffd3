package main

import (
	"context"
	"slices"
	"strings"

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
