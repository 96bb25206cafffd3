package main

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// states are those that runs can be listed by.
var states = []string{
	string(saga.RunRunning), string(saga.RunPaused), string(saga.RunHeld), string(saga.RunReverting), string(saga.RunStuck),
	string(saga.RunCommitted), string(saga.RunReverted), string(saga.RunStopped),
	"CANCELED", "FAILED", "TERMINATED", "TIMED_OUT",
}

func runListCommand(session *session) *cobra.Command {
	var filter runFilter
	var limit int
	var form term.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs: those under way, then those that ended last",
		Long: `List runs: those under way, the latest first, then those that have ended, the last to
end first.

States: RUNNING, PAUSED, HELD, REVERTING and STUCK are on the way, HELD and STUCK wait
for a person; COMMITTED and REVERTED are the ends; STOPPED is a run that a person ended
where it was; FAILED, TERMINATED and TIMED_OUT are ends that the engine imposed.`,
		Example: `  novaflow run list --state stuck
  novaflow run list --kind server-create --limit 5 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return term.Usage("--limit %d: want 1 or more", limit)
			}
			if filter.state != "" && !slices.Contains(states, strings.ToUpper(filter.state)) {
				return term.Usage("--state %q: want one of %s", filter.state, strings.Join(states, ", "))
			}
			engine, err := session.engine(cmd.Context())
			if err != nil {
				return err
			}
			defer engine.Close()
			rows, err := listRuns(cmd.Context(), engine, filter.query(), limit)
			if err != nil {
				return engineProblem(err)
			}
			return printRuns(session.out, rows, form)
		},
	}
	filter.add(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "most runs to list")
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

func (f *runFilter) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.state, "state", "", "only runs in this state")
	fs.StringVar(&f.kind, "kind", "", "only runs of this kind, such as "+workflows.ServerCreateKind)
	fs.StringVar(&f.cloud, "cloud", "", "only runs on this cloud")
	term.Complete(cmd, "state", term.Fixed(states...))
	term.Complete(cmd, "kind", term.Fixed(append(flowNames(), saga.RevertKind)...))
	term.Complete(cmd, "cloud", (&clouds.Flags{}).Complete)
}

func printRuns(out io.Writer, rows []runRow, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"RUN", "KIND", "STATE", "CLOUD", "STARTED", "AGE", "TOOK", "RUN ID"}}
	for _, r := range rows {
		took := time.Since(r.Started)
		if !r.Ended.IsZero() {
			took = r.Ended.Sub(r.Started)
		}
		table = append(table, []string{r.Workflow, r.Kind, r.State, r.Cloud, term.Clock(r.Started), term.Age(r.Started), term.Duration(took), r.Run})
	}
	return term.PrintTable(out, table)
}
