package run

import (
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

func newListCommand(session *runs.Session) *cobra.Command {
	var filter runs.Filter
	var limit int
	var form term.Format
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs: those under way, then those that ended last",
		Long: `List runs: those under way, the latest first, then those that have ended, the last to
end first.

States: RUNNING, PAUSED, HELD, REVERTING and STUCK are states on the way; HELD and STUCK
runs need a decision. COMMITTED and REVERTED are the regular ends. STOPPED is a run that an
operator ended where it was. FAILED, TERMINATED and TIMED_OUT are ends that the engine
imposed.`,
		Example: `  novaflow run list --state stuck
  novaflow run list --kind server-create --limit 5 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return term.Usage("--limit %d: want 1 or more", limit)
			}
			if filter.State != "" && !slices.Contains(runs.States, strings.ToUpper(filter.State)) {
				return term.Usage("--state %q: want one of %s", filter.State, strings.Join(runs.States, ", "))
			}
			engine, err := session.Dial(cmd.Context())
			if err != nil {
				return err
			}
			defer engine.Close()
			rows, err := runs.List(cmd.Context(), engine, filter.Query(), limit)
			if err != nil {
				return runs.EngineError(err)
			}
			return printRuns(session.Out, rows, form)
		},
	}
	filter.Add(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "most runs to list")
	term.AddFormat(cmd.Flags(), &form)
	return cmd
}

func printRuns(out io.Writer, rows []runs.Row, form term.Format) error {
	if form.IsDocument() {
		return term.PrintDocument(out, form, rows)
	}
	table := [][]string{{"RUN", "KIND", "STATE", "CLOUD", "STARTED", "AGE", "TOOK", "RUN ID"}}
	for _, r := range rows {
		took := time.Since(r.Started)
		if !r.Ended.IsZero() {
			took = r.Ended.Sub(r.Started)
		}
		table = append(table, []string{r.Workflow, r.Kind, r.State, r.Cloud, term.Clock(r.Started), term.Age(r.Started),
			term.Duration(took), r.Run})
	}
	return term.PrintTable(out, table)
}
