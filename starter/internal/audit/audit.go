// Package audit is the noun audit of the command line: it lists every transition of runs,
// from the engine while that has them and from the audit store afterwards.
//
// Of the starter it imports term, clouds and runs, and no other noun.
package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// request says which transitions to list, and from where.
type request struct {
	resource, project, run string
	since                  time.Duration
	store                  string
	archiveOnly            bool
	format                 string
}

// Forms of the output that only the audit has.
const (
	asLines       = "jsonl"
	asCloudEvents = "cloudevents"
)

var auditForms = []string{string(term.AsTable), string(term.AsJSON), string(term.AsYAML), asLines, asCloudEvents}

// Command builds the noun audit.
func Command(session *runs.Session) *cobra.Command {
	var r request
	cmd := &cobra.Command{
		Use:   "audit {--resource ID | --project CLOUD | --run RUN}",
		Short: "List who changed what, when, why, and what the cloud answered",
		Long: `List every transition in order: when, what, in which run, of which task, who caused it and why,
with the cloud's words and its request id.

Runs that the engine still has are read from the engine. Runs that the engine no longer has are read from the
audit store, into which every run is written when it ends. Nothing else reads the store.

With --resource, transitions of other resources are left out, except those of the runs as
a whole. Times are in your time zone in the table and in UTC elsewhere.`,
		Example: `  novaflow audit --run web-1
  novaflow audit --resource 2f1c9b1e-6a43-4b39-8f0f-5c8c1f1a7d55
  novaflow audit --project mycloud --since 24h -o cloudevents | curl --data-binary @- ...
  export NOVAFLOW_AUDIT=postgres://auditor:...@db.example/novaflow_audit
  novaflow audit --project mycloud --archive-only -o jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return term.Group(cmd, args)
			}
			if err := r.check(); err != nil {
				return err
			}
			return tellAudit(cmd.Context(), session, r)
		},
	}
	r.add(cmd)
	cmd.AddCommand(newArchiveCommand(session))
	return cmd
}

func (r *request) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&r.resource, "resource", "", "id of a server, port, volume or other resource that a run has changed")
	fs.StringVar(&r.project, "project", "", "everything on this cloud, as clouds.yaml calls it")
	fs.StringVar(&r.run, "run", "",
		"runs, by workflow id or by the name of a server or another resource, or one run by its run id")
	fs.DurationVar(&r.since, "since", 0, "only what happened within this time, such as 24h")
	fs.BoolVar(&r.archiveOnly, "archive-only", false, "ask the audit store alone, not the engine")
	fs.StringVarP(&r.format, "output", "o", string(term.AsTable), "form of the output: "+strings.Join(auditForms, ", "))
	config.AddAuditFlag(fs, &r.store)
	term.Complete(cmd, "project", (&clouds.Flags{}).Complete)
	term.Complete(cmd, "output", term.Fixed(auditForms...))
}

func (r request) check() error {
	given := 0
	for _, v := range []string{r.resource, r.project, r.run} {
		if strings.TrimSpace(v) != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return term.Usage("the audit of what? give --resource, --project or --run; see `novaflow audit --help`")
	case r.since < 0:
		return term.Usage("--since %s: want a time that is past", r.since)
	case !slices.Contains(auditForms, r.format):
		return term.Usage("--output %q: want %s", r.format, strings.Join(auditForms, ", "))
	}
	return nil
}

// begin returns the moment from which events are listed; zero means all of them.
func (r request) begin() time.Time {
	if r.since == 0 {
		return time.Time{}
	}
	return time.Now().Add(-r.since)
}

// tellAudit prints the events that were asked for, from the engine and from the audit
// store.
func tellAudit(ctx context.Context, session *runs.Session, r request) error {
	var records []audit.Record
	if !r.archiveOnly {
		var err error
		if records, err = readEngine(ctx, session, &r); err != nil {
			return err
		}
	}
	kept, notes, err := runs.FindArchived(ctx, r.store, audit.Query{Resource: r.resource, Project: r.project,
		Run: r.run, Since: r.begin()})
	if err != nil {
		return err
	}
	records = mergeRecords(records, kept)
	if len(records) == 0 && r.run != "" {
		return fmt.Errorf("no run is called %q, neither in the engine nor in the audit store: see `novaflow run list`",
			r.run)
	}
	for _, rec := range records {
		if rec.Missing > 0 {
			notes = append(notes, fmt.Sprintf("the audit store lacks %[3]d parts of run %[1]s (run id %[2]s)",
				rec.Workflow, rec.Execution, rec.Missing))
		}
	}
	for _, n := range notes {
		fmt.Fprintln(session.ErrOut, "novaflow: "+n)
	}
	return printEvents(session, r, eventsOf(r, records))
}

// mergeRecords adds to the records of the engine those that only the store has.
func mergeRecords(engine, store []audit.Record) []audit.Record {
	for _, r := range store {
		if !slices.ContainsFunc(engine, func(e audit.Record) bool { return e.Execution == r.Execution }) {
			engine = append(engine, r)
		}
	}
	return engine
}

// eventsOf selects the events of all records that were asked for, and sorts them by time.
func eventsOf(r request, records []audit.Record) []audit.Event {
	events := []audit.Event{}
	for _, rec := range records {
		for _, e := range rec.Events {
			if (r.resource == "" || e.About(r.resource)) && !e.Time.Before(r.begin()) {
				events = append(events, e)
			}
		}
	}
	slices.SortStableFunc(events, func(a, b audit.Event) int { return a.Time.Compare(b.Time) })
	return events
}

func printEvents(session *runs.Session, r request, events []audit.Event) error {
	switch r.format {
	case asLines:
		return audit.WriteLines(session.Out, events)
	case asCloudEvents:
		return audit.WriteCloudEvents(session.Out, events)
	case string(term.AsJSON), string(term.AsYAML):
		return term.PrintDocument(session.Out, term.Format(r.format), events)
	}
	if len(events) == 0 {
		fmt.Fprintln(session.ErrOut, "no transitions are known")
		return nil
	}
	rows := [][]string{{"WHEN", "RUN", "TASK", "TRY", "BECAME", "BY", "WHY", "REQUEST", "RUN ID"}}
	for _, e := range events {
		try := ""
		if e.Attempt > 0 {
			try = fmt.Sprint(e.Attempt)
		}
		rows = append(rows, []string{term.Clock(e.Time), e.Workflow, e.Task, try, e.To, e.By, cmp.Or(e.Text, e.Reason),
			e.RequestID, e.Execution})
	}
	return term.PrintTable(session.Out, rows)
}
