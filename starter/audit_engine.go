package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
)

// archiveActivity is the activity by which runs archive themselves.
const archiveActivity = "ArchiveRun"

// auditEngine are the records of the runs that the engine has. It puts a workflow id in
// the place of a name, which the store does not know.
func auditEngine(ctx context.Context, session *session, r *auditRequest) ([]audit.Record, error) {
	engine, err := session.engine(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w; to ask the audit store alone give --archive-only", err)
	}
	defer engine.Close()
	rows, err := auditedRuns(ctx, engine, r)
	if err != nil {
		return nil, err
	}
	var records []audit.Record
	for _, run := range rows {
		parts, err := recordParts(ctx, session, engine, run)
		if err != nil {
			return nil, err
		}
		records = append(records, whole(parts))
	}
	return records, nil
}

// auditedRuns are the runs that the engine has and that were asked about: all of a
// workflow id, or the one of a run id.
func auditedRuns(ctx context.Context, engine client.Client, r *auditRequest) ([]runRow, error) {
	query := allRuns + " AND " + saga.AttributeKind.GetName() + " != " + literal(saga.LockKind)
	switch {
	case r.run != "":
		s, err := findRun(ctx, engine, r.run, &clouds.Flags{})
		if err != nil {
			return nil, onlyArchived(err)
		}
		which := "RunId = " + literal(s.run)
		if r.run != s.run {
			r.run, which = s.workflow, "WorkflowId = "+literal(s.workflow)
		}
		query += fmt.Sprintf(" AND (%s OR WorkflowId STARTS_WITH %s)", which, literal(s.workflow+"/"))
	case r.resource != "":
		query += " AND " + saga.AttributeResources.GetName() + " = " + literal(r.resource)
	}
	if r.project != "" {
		query += " AND " + saga.AttributeProject.GetName() + " = " + literal(r.project)
	}
	if r.since > 0 {
		query += fmt.Sprintf(" AND (CloseTime >= %s OR ExecutionStatus = 'Running')", literal(r.begin().UTC().Format(time.RFC3339)))
	}
	rows, err := listRuns(ctx, engine, query, searchLimit+1)
	if len(rows) > searchLimit {
		return nil, term.Usage("more than %d runs: give --since, or --resource or --run too", searchLimit)
	}
	return rows, engineProblem(err)
}

// onlyArchived turns "no such run" into none: the store may know it.
func onlyArchived(err error) error {
	if errors.Is(err, errNoRun) {
		return nil
	}
	return err
}

// recordParts are what the engine knows of a run: as the run has told it when it
// ended, else as it tells it when it is asked, else as its history has it.
func recordParts(ctx context.Context, session *session, engine client.Client, run runRow) (parts []audit.Record, err error) {
	var told []saga.Archive
	if !run.Ended.IsZero() {
		if told, err = toldArchive(ctx, session, engine, run); err != nil {
			return nil, err
		}
	}
	if len(told) == 0 || len(told) < told[0].Parts { // the archive refused one, and was not told the next
		if asked := askRecord(ctx, engine, run); len(asked) > 0 {
			told = asked
		}
	}
	for _, p := range told {
		parts = append(parts, audit.RecordOf(p))
	}
	last := len(parts) - 1
	if last >= 0 && (run.Ended.IsZero() || saga.RunState(parts[last].State).Final()) {
		return parts, nil
	}
	s, err := describe(ctx, engine, run.Workflow, run.Run)
	if err != nil {
		return nil, engineProblem(err)
	}
	if last >= 0 { // it was ended before it could tell anybody
		parts[last] = endedBy(parts[last], s)
		return parts, nil
	}
	past, err := past(ctx, session, engine, s)
	if err != nil {
		return nil, err
	}
	if past.Ledger.Project == "" {
		past.Ledger.Project = run.Cloud
	}
	return []audit.Record{endedBy(audit.RecordFromLedger(run.Workflow, run.Run, *past.Ledger), s)}, nil
}

// endedBy adds how the engine ended a run that could not say so itself.
func endedBy(r audit.Record, s snapshot) audit.Record {
	if !s.ended() || saga.RunState(r.State).Final() {
		return r
	}
	last := audit.Event{
		Event: saga.Event{
			ID: s.run + "/closed", Time: s.closed, Workflow: s.workflow, Flow: r.Flow, Run: r.Run, From: r.State, To: state(s), Text: "ended by the engine",
		},
		Execution: r.Execution, Project: r.Project,
	}
	r.State, r.Ended = last.To, s.closed
	if n := len(r.Events); n > 0 && r.Events[n-1].Task == "" && r.Events[n-1].From == "" {
		r.Events = r.Events[:n-1] // the end as the ledger knew it
	}
	r.Events = append(r.Events, last)
	return r
}

// whole puts the parts of a record together.
func whole(parts []audit.Record) audit.Record {
	r := parts[0]
	r.Missing = r.Parts - len(parts)
	for _, p := range parts[1:] {
		r.Events = append(r.Events, p.Events...)
	}
	return r
}

// toldArchive is what a run that has ended told the archive, from its history. It
// needs no worker.
func toldArchive(ctx context.Context, session *session, engine client.Client, run runRow) (parts []saga.Archive, err error) {
	options, err := session.connection.Options()
	if err != nil {
		return nil, err
	}
	read := options.DataConverter
	if read == nil {
		read = converter.GetDefaultDataConverter()
	}
	for events := engine.GetWorkflowHistory(ctx, run.Workflow, run.Run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			return nil, engineProblem(err)
		}
		scheduled := e.GetActivityTaskScheduledEventAttributes()
		if scheduled.GetActivityType().GetName() != archiveActivity {
			continue
		}
		var part saga.Archive
		if err := read.FromPayloads(scheduled.GetInput(), &part); err != nil {
			return nil, nil //nolint:nilerr // written by a codec that is not here: a worker may tell
		}
		if part.Execution == run.Run { // not of the run that it has taken back
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// askRecord asks a run for its record; nil if no worker can tell it or it has no
// events.
func askRecord(ctx context.Context, engine client.Client, run runRow) (parts []saga.Archive) {
	for n := 1; n == 1 || n <= parts[0].Parts; n++ {
		ctx, cancel := context.WithTimeout(ctx, ledgerTimeout)
		answer, err := engine.QueryWorkflow(ctx, run.Workflow, run.Run, saga.RecordQuery, n)
		var part saga.Archive
		if err == nil {
			err = answer.Get(&part)
		}
		cancel()
		if err != nil || len(part.Events) == 0 && part.Parts == 1 {
			return nil
		}
		parts = append(parts, part)
	}
	return parts
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func auditArchiveCommand(session *session) *cobra.Command {
	var place, runID string
	cmd := &cobra.Command{
		Use:   "archive RUN",
		Short: "Write a run that has ended into the audit store",
		Long: `Write a run that has ended into the audit store, as it would have done itself: for
runs that ended while the store was away, that the engine ended, or that are older
than the store. What is there already is not written again.`,
		Example: `  novaflow audit archive web-1
  novaflow audit archive server:mycloud:web-1 --run-id 0198c2a4-6f0e-7d0a-9a55-0c1f8f7d7f11`,
	}
	onRun(session, cmd, func(ctx context.Context, engine client.Client, s snapshot) error {
		s, err := earlier(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		if !s.ended() {
			return fmt.Errorf("run %s has not ended: it will be archived when it does", s.workflow)
		}
		return archiveRun(ctx, session, engine, s, auditPlace(place))
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	config.AddAuditFlag(cmd.Flags(), &place)
	return cmd
}

// archive writes one run into a store.
func archiveRun(ctx context.Context, session *session, engine client.Client, s snapshot, place string) error {
	if place == audit.Off {
		return term.Usage("there is no audit store: give --audit")
	}
	if err := audit.Check(place); err != nil {
		return term.WithCode(term.ExitUsage, err)
	}
	parts, err := recordParts(ctx, session, engine, runRow{Workflow: s.workflow, Run: s.run, Cloud: s.cloud, Started: s.started, Ended: s.closed})
	if err != nil {
		return err
	}
	store, err := audit.Open(ctx, place)
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // each write is whole
	events := 0
	for _, part := range parts {
		written, err := store.Write(ctx, part)
		if err != nil {
			return err
		}
		if written {
			events += len(part.Events)
		}
	}
	if missing := whole(parts).Missing; missing > 0 {
		return fmt.Errorf("of run %s (run id %s) %d parts cannot be told without a worker: start a `novaflow-worker` for task queue %s", s.workflow, s.run, missing, s.queue)
	}
	fmt.Fprintf(session.out, "run %s (run id %s) is in %s: %d of its %d transitions were written now\n", s.workflow, s.run, store.Place(), events, len(whole(parts).Events))
	return nil
}
