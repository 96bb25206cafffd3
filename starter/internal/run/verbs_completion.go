package run

import (
	"context"

	"github.com/spf13/cobra"

	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// completeVerb completes the run, among those under way, and then the policy or a failing
// task.
func completeVerb(session *runs.Session, cmd *cobra.Command, v verbCommand) {
	completeRun := runs.Complete(session, runs.OpenRuns)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0:
			return completeRun(cmd, args, typed)
		case len(args) > 1 || v.most == 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		case v.verb == saga.VerbOnFailure:
			return change.Policies, cobra.ShellCompDirectiveNoFileComp
		}
		return failingTasks(session, args[0]), cobra.ShellCompDirectiveNoFileComp
	}
}

// failingTasks returns the tasks of a run that can be retried or skipped. It ignores
// errors, because a prompt must not show them.
func failingTasks(session *runs.Session, run string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), term.CompletionTimeout)
	defer cancel()
	engine, err := session.Dial(ctx)
	if err != nil {
		return nil
	}
	defer engine.Close()
	s, err := runs.Resolve(ctx, engine, run, &clouds.Flags{})
	if err != nil {
		return nil
	}
	l, err := runs.AskLedger(ctx, engine, s.Workflow, s.Run)
	if err != nil {
		return nil
	}
	return listFailing(l)
}

// listFailing lists the tasks of a ledger that need a decision or keep failing.
func listFailing(l *saga.Ledger) (names []string) {
	for _, e := range l.Tasks {
		switch e.State {
		case saga.TaskFailure, saga.TaskReverting, saga.TaskRevertFailure:
			names = append(names, e.Task)
		}
	}
	return names
}
