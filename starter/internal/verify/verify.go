// Package verify is the command verify: it compares what runs recorded with what a cloud
// has, and requests the deletion of residue. What it judges wrongly is deleted or stays
// for ever, so the judgement is a pure function of facts that were read before.
//
// Of the starter it imports term, clouds, runs and change, and no other noun.
package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
)

// verification is one comparison of the runs with the cloud.
type verification struct {
	session   *runs.Session
	flags     change.Flags
	remove    bool
	olderThan time.Duration
	store     string
}

// Command builds the command verify.
func Command(session *runs.Session) *cobra.Command {
	v := &verification{session: session}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare what runs recorded with what the cloud has; change nothing without --delete",
		Long: `Compare what runs recorded with what the project has. The command reports resources with a
mark of novaflow that belong to no run that is under way or has committed, and resources
that a committed run created and that do not exist. In a healthy system there is nothing to
report.

If the engine or the cloud cannot be read completely, nothing is judged. With --delete,
residue that is older than --older-than is removed: only resources with a mark that their
run has written, and whose run has ended. Resources of runs that the engine has forgotten,
or that an operator chose to keep, are reported and never removed.

Exit codes: 0 nothing to report, or all of it was removed; 1 something is.`,
		Example: `  novaflow verify
  novaflow verify --cloud mycloud -o json
  novaflow verify --delete --older-than 24h --reason "left by the outage"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if v.olderThan < 0 {
				return term.Usage("--older-than %s: want 0 or more", v.olderThan)
			}
			return v.run(cmd.Context())
		},
	}
	v.flags.AddForward(cmd)
	cmd.Flags().BoolVar(&v.remove, "delete", false, "remove residue that is old enough")
	cmd.Flags().DurationVar(&v.olderThan, "older-than", time.Hour,
		"with --delete: remove only what was created longer ago than this")
	config.AddAuditFlag(cmd.Flags(), &v.store)
	return cmd
}

func (v *verification) run(ctx context.Context) error {
	options, err := v.flags.Options()
	if err != nil {
		return err
	}
	engine, err := v.session.Dial(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()
	findings, err := v.look(ctx, engine, options.Cloud)
	if err != nil {
		return fmt.Errorf("nothing was judged: %w", err)
	}
	if v.remove {
		before := time.Now().Add(-v.olderThan)
		if objects := listDeletable(findings, before); len(objects) > 0 {
			return v.delete(ctx, options, before, objects)
		}
		fmt.Fprint(v.session.ErrOut, describeSpared(findings, v.olderThan))
	}
	return v.report(findings)
}

// look compares. The cloud is read first: the runs then know of everything that is
// created or removed meanwhile.
func (v *verification) look(ctx context.Context, engine client.Client, cloud string) ([]finding, error) {
	objects, projects, err := v.marked(ctx, cloud)
	if err != nil {
		return nil, err
	}
	if !projects {
		fmt.Fprintf(v.session.ErrOut,
			"novaflow: projects were not looked at: keystone does not let cloud %s list them\n", cloud)
	}
	known, err := v.runs(ctx, engine, cloud, objects)
	if err != nil {
		return nil, err
	}
	known.projects = projects
	findings, err := v.withoutRemoved(ctx, engine, known, judgeMarked(objects, known))
	if err == nil && len(findings) > 0 {
		findings, err = v.lookAgain(ctx, engine, cloud, findings)
	}
	v.addArchived(ctx, findings)
	return findings, err
}

// marked returns everything that carries a mark, and whether projects could be listed.
func (v *verification) marked(ctx context.Context,
	cloud string) (all []activities.OwnedObject, projects bool, err error) {
	access := v.flags.Cloud.Access()
	all, err = inventory.ListMarked(ctx, access, cloud)
	if err != nil {
		return nil, false, err
	}
	created, projects, err := inventory.ListMarkedProjects(ctx, access, cloud)
	return append(all, created...), projects, err
}

// lookAgain drops findings about what a run has created, removed or begun to change since
// the cloud was read.
func (v *verification) lookAgain(ctx context.Context, engine client.Client, cloud string,
	findings []finding) ([]finding, error) {
	objects, _, err := v.marked(ctx, cloud)
	if err != nil {
		return nil, err
	}
	live, err := liveWorkflows(ctx, engine, cloud)
	return slices.DeleteFunc(findings, func(f finding) bool {
		there := slices.ContainsFunc(objects, func(o activities.OwnedObject) bool {
			return o.ID == f.ID && o.Mark == f.Mark
		})
		return live[f.Workflow] || there == (f.What == isMissing)
	}), err
}

// everyRun is how many runs are read at most; more are an error.
const everyRun = 100_000

// runs returns what the engine knows about the runs of a project, and about the runs that
// marks name.
func (v *verification) runs(ctx context.Context, engine client.Client, cloud string,
	objects []activities.OwnedObject) (runsKnown, error) {
	known := runsKnown{workflows: map[string]string{}, live: map[string]bool{}}
	rows, err := listEvery(ctx, engine, projectRuns(cloud))
	if err != nil {
		return known, err
	}
	rows, err = addNamed(ctx, engine, rows, objects)
	if err != nil {
		return known, err
	}
	for _, r := range rows {
		known.workflows[r.Run] = r.Workflow
		if r.Ended.IsZero() {
			known.live[r.Workflow], known.underway = true, append(known.underway, r)
		}
	}
	slices.Reverse(rows) // the oldest first: a later run has the last word
	for _, r := range rows {
		if r.Ended.IsZero() || known.live[r.Workflow] {
			continue
		}
		ledger, err := v.ledger(ctx, engine, r)
		if err != nil {
			return known, fmt.Errorf("run %s (run id %s): %w", r.Workflow, r.Run, err)
		}
		known.past = append(known.past, pastRun{r.Workflow, ledger})
	}
	return known, nil
}

func projectRuns(cloud string) string {
	return fmt.Sprintf("%s AND %s != %s AND %s = %s", runs.AllRuns, saga.AttributeKind.GetName(),
		runs.Literal(saga.LockKind),
		saga.AttributeProject.GetName(), runs.Literal(cloud))
}

// listEvery lists all runs of a query. Too many are an error.
func listEvery(ctx context.Context, engine client.Client, query string) ([]runs.Row, error) {
	rows, err := runs.List(ctx, engine, query, everyRun)
	if err == nil && len(rows) >= everyRun {
		err = fmt.Errorf("more than %d runs", everyRun)
	}
	return rows, runs.EngineError(err)
}

// liveWorkflows returns the workflow ids of the runs that are under way.
func liveWorkflows(ctx context.Context, engine client.Client, cloud string) (map[string]bool, error) {
	rows, err := listEvery(ctx, engine, projectRuns(cloud)+" AND ExecutionStatus = 'Running'")
	live := map[string]bool{}
	for _, r := range rows {
		live[r.Workflow] = true
	}
	return live, err
}

// addNamed adds runs that marks name and that were started for another project, with all
// runs of their workflow ids.
func addNamed(ctx context.Context, engine client.Client, rows []runs.Row,
	objects []activities.OwnedObject) ([]runs.Row, error) {
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.Run] = true
	}
	for _, o := range objects {
		run := o.Mark.Run()
		if seen[run] {
			continue
		}
		seen[run] = true
		named, err := listEvery(ctx, engine, runs.AllRuns+" AND RunId = "+runs.Literal(run))
		if err != nil {
			return nil, err
		}
		if len(named) == 0 {
			continue
		}
		others, err := listEvery(ctx, engine, runs.AllRuns+" AND WorkflowId = "+runs.Literal(named[0].Workflow))
		if err != nil {
			return nil, err
		}
		for _, r := range others {
			if !seen[r.Run] || r.Run == run {
				rows, seen[r.Run] = append(rows, r), true
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b runs.Row) int { return b.Started.Compare(a.Started) })
	return rows, nil
}

// ledger returns the ledger of a run that has ended: as archived, else as the run or its
// history has it.
func (v *verification) ledger(ctx context.Context, engine client.Client, r runs.Row) (saga.Ledger, error) {
	archived, err := runs.ReadArchive(ctx, v.session, engine, r)
	if err != nil {
		return saga.Ledger{}, err
	}
	if len(archived) > 0 && len(archived) == archived[0].Parts {
		l := archived[0].Ledger
		for _, part := range archived[1:] {
			l.Tasks = append(l.Tasks, part.Ledger.Tasks...)
		}
		return l, nil
	}
	s, err := runs.Describe(ctx, engine, r.Workflow, r.Run)
	if err != nil {
		return saga.Ledger{}, runs.EngineError(err)
	}
	past, err := runs.ReadPast(ctx, v.session, engine, s)
	if err != nil {
		return saga.Ledger{}, err
	}
	return *past.Ledger, nil
}

// addArchived adds to findings of unknown runs what the audit store knows. It informs
// people only: nothing is decided by it.
func (v *verification) addArchived(ctx context.Context, findings []finding) {
	for i, f := range findings {
		if f.What != isUnknownRun {
			continue
		}
		records, _, err := runs.FindArchived(ctx, v.store, audit.Query{Run: f.Mark.Run()})
		if err == nil && len(records) > 0 {
			r := records[len(records)-1]
			findings[i].Workflow = r.Workflow
			findings[i].Why += fmt.Sprintf("; the audit store has it: %s of %s, %s", r.Flow, term.Clock(r.Ended),
				r.State)
		}
	}
}

// delete removes residue in a run.
func (v *verification) delete(ctx context.Context, o spec.RunOptions, before time.Time,
	objects []activities.OwnedObject) error {
	fmt.Fprintf(v.session.ErrOut, "removing %d resources that belong to no run any more\n", len(objects))
	return change.Run(ctx, v.session, &v.flags, change.Request{
		Resource: "residue", Done: "removed", ID: spec.WorkflowID("residue", o.Cloud, "all"),
		Flow:    deleteFlow,
		Summary: fmt.Sprintf("remove residue in %s: %d resources", o.Cloud, len(objects)),
		Spec:    ownership.ResidueSpec{RunOptions: o, Before: before, Objects: objects},
	})
}

// report prints the findings.
func (v *verification) report(findings []finding) error {
	if v.flags.Format.IsDocument() {
		if findings == nil {
			findings = []finding{}
		}
		if err := term.PrintDocument(v.session.Out, v.flags.Format, findings); err != nil {
			return err
		}
	} else if len(findings) == 0 {
		fmt.Fprintln(v.session.Out, "the cloud has what the runs recorded, and nothing else that is marked")
	} else {
		rows := [][]string{{"WHAT", "KIND", "ID", "NAME", "CREATED", "RUN", "WHY"}}
		for _, f := range findings {
			rows = append(rows, []string{f.What, f.Kind, f.ID, f.Name, term.Clock(f.Created),
				cmp.Or(f.Workflow, f.Mark.Run()), f.Why})
		}
		if err := term.PrintTable(v.session.Out, rows); err != nil {
			return err
		}
	}
	if len(findings) > 0 {
		return term.Done(term.ExitFailed)
	}
	return nil
}
