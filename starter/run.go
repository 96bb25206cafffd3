package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

func runCommand(session *session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Look at runs, follow them, steer them and take them back",
		Long: `Look at runs, follow them, steer them and take them back. A run is one change to a
cloud, and one workflow execution in the engine.

Where a command takes a run, give its workflow id as ` + "`novaflow run list`" + ` shows it,
the name of a server or of another resource, or a run id.`,
		Example: "  novaflow run list --state stuck",
		Args:    cobra.ArbitraryArgs,
		RunE:    term.Group,
	}
	cmd.AddCommand(runListCommand(session), runShowCommand(session), runLedgerCommand(session), runGraphCommand(session), runWatchCommand(session), runCancelCommand(session), runRevertCommand(session))
	for _, v := range verbs {
		cmd.AddCommand(verbCommand(session, v))
	}
	return cmd
}

// onRun makes a command be about one run: it connects to the engine, finds the
// run that the first argument names, and does what the command is for.
func onRun(session *session, cmd *cobra.Command, do func(context.Context, client.Client, snapshot) error) {
	onRunWith(session, cmd, cobra.ExactArgs(1), func(ctx context.Context, engine client.Client, s snapshot, _ []string) error {
		return do(ctx, engine, s)
	})
}

// onRunWith is onRun for a command that takes more arguments.
func onRunWith(session *session, cmd *cobra.Command, count cobra.PositionalArgs, do func(context.Context, client.Client, snapshot, []string) error) {
	cloud := &clouds.Flags{}
	cloud.Add(cmd.Flags())
	term.Complete(cmd, "cloud", cloud.Complete)
	cmd.ValidArgsFunction = completeRuns(session, allRuns)
	cmd.Args = count
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		engine, err := session.engine(cmd.Context())
		if err != nil {
			return err
		}
		defer engine.Close()
		s, err := findRun(cmd.Context(), engine, args[0], cloud)
		if err != nil {
			return err
		}
		return do(cmd.Context(), engine, s, args[1:])
	}
}

// earlier is the run of a run id; "" leaves the run as it is.
func earlier(ctx context.Context, engine client.Client, s snapshot, run string) (snapshot, error) {
	if run == "" || run == s.run {
		return s, nil
	}
	found, err := describe(ctx, engine, s.workflow, run)
	return found, engineProblem(err)
}

// findRun resolves what the user calls a run: a workflow id, a run id, or the
// name of a server. The latest run is meant unless a run id is given.
func findRun(ctx context.Context, engine client.Client, word string, cloud *clouds.Flags) (snapshot, error) {
	s, err := latestRun(ctx, engine, word)
	var missing *serviceerror.NotFound
	if err == nil || !errors.As(err, &missing) {
		return s, engineProblem(err)
	}
	if _, bad := uuid.Parse(word); bad == nil {
		if s, err := runByID(ctx, engine, word); err == nil {
			return s, nil
		}
	}
	if name, err := cloud.Choose(); err == nil {
		if s, err := latestRun(ctx, engine, workflows.ServerWorkflowID(name, word)); err == nil {
			return s, nil
		}
	}
	return runByName(ctx, engine, word)
}

// latestRun is the latest run of a workflow id. A lock has the id of what it is on, and
// is no run: the run before it is meant, if there is one.
func latestRun(ctx context.Context, engine client.Client, workflow string) (snapshot, error) {
	s, err := describe(ctx, engine, workflow, "")
	if err != nil || s.kind != saga.LockName {
		return s, err
	}
	found, err := listRuns(ctx, engine, allRuns+" AND WorkflowId = "+literal(workflow), 1)
	if err != nil || len(found) == 0 {
		return s, err
	}
	return describe(ctx, engine, workflow, found[0].Run)
}

// runByID finds a run by its run id alone.
func runByID(ctx context.Context, engine client.Client, run string) (snapshot, error) {
	found, err := listRuns(ctx, engine, "RunId = "+literal(run), 1)
	if err != nil || len(found) == 0 {
		return snapshot{}, errors.Join(err, errors.New("no such run"))
	}
	return describe(ctx, engine, found[0].Workflow, run)
}

// errNoRun says that the engine has no such run.
var errNoRun = errors.New("no run is called")

// searchLimit is how many runs are looked through for a resource's name.
const searchLimit = 1000

// runByName finds the latest run of the only resource of that name, of any kind
// in any cloud.
func runByName(ctx context.Context, engine client.Client, name string) (snapshot, error) {
	runs, err := listRuns(ctx, engine, allRuns, searchLimit)
	if err != nil {
		return snapshot{}, engineProblem(err)
	}
	var ids []string
	for _, r := range runs {
		if _, suffix, ok := strings.Cut(r.Workflow, ":"+r.Cloud+":"); ok && suffix == name && !slices.Contains(ids, r.Workflow) {
			ids = append(ids, r.Workflow)
		}
	}
	switch len(ids) {
	case 0:
		return snapshot{}, fmt.Errorf("%w %q: see `novaflow run list`", errNoRun, name)
	case 1:
		return latestRun(ctx, engine, ids[0])
	}
	return snapshot{}, term.Usage("several runs are about something called %q: give one of %s", name, strings.Join(ids, ", "))
}

// engineProblem puts an error of the engine into words.
func engineProblem(err error) error {
	var namespace *serviceerror.NamespaceNotFound
	switch {
	case err == nil:
		return nil
	case errors.As(err, &namespace):
		return fmt.Errorf("the engine has no namespace %q: give --namespace", namespace.Namespace)
	}
	return fmt.Errorf("the engine answered: %w", err)
}
