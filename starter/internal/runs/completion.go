package runs

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/term"
)

// OpenRuns is the query for the runs that can be steered.
const OpenRuns = AllRuns + " AND ExecutionStatus = 'Running'"

// Complete completes the workflow ids of the latest runs of a query or, if none begins as
// typed, the names in them.
func Complete(session *Session, query string) term.Completer {
	return term.FirstWord(func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.Background(), term.CompletionTimeout)
		defer cancel()
		engine, err := session.Dial(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer engine.Close()
		runs, _ := List(ctx, engine, query, 100) // none is no error at a prompt
		return listWords(runs, typed), cobra.ShellCompDirectiveNoFileComp
	})
}

// listWords lists the workflow ids that begin as typed or, if there are none, the names
// in them that do.
func listWords(runs []Row, typed string) []string {
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
