package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// auditEngine are the records of the runs that the engine has. It puts a workflow id in
// the place of a name, which the store does not know.
func auditEngine(ctx context.Context, session *runs.Session, r *auditRequest) ([]audit.Record, error) {
	engine, err := session.Dial(ctx)
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
func auditedRuns(ctx context.Context, engine client.Client, r *auditRequest) ([]runs.Row, error) {
	query := runs.AllRuns + " AND " + saga.AttributeKind.GetName() + " != " + runs.Literal(saga.LockKind)
	switch {
	case r.run != "":
		s, err := runs.Resolve(ctx, engine, r.run, &clouds.Flags{})
		if err != nil {
			return nil, onlyArchived(err)
		}
		which := "RunId = " + runs.Literal(s.Run)
		if r.run != s.Run {
			r.run, which = s.Workflow, "WorkflowId = "+runs.Literal(s.Workflow)
		}
		query += fmt.Sprintf(" AND (%s OR WorkflowId STARTS_WITH %s)", which, runs.Literal(s.Workflow+"/"))
	case r.resource != "":
		query += " AND " + saga.AttributeResources.GetName() + " = " + runs.Literal(r.resource)
	}
	if r.project != "" {
		query += " AND " + saga.AttributeProject.GetName() + " = " + runs.Literal(r.project)
	}
	if r.since > 0 {
		query += fmt.Sprintf(" AND (CloseTime >= %s OR ExecutionStatus = 'Running')", runs.Literal(r.begin().UTC().Format(time.RFC3339)))
	}
	rows, err := runs.List(ctx, engine, query, runs.SearchLimit+1)
	if len(rows) > runs.SearchLimit {
		return nil, term.Usage("more than %d runs: give --since, or --resource or --run too", runs.SearchLimit)
	}
	return rows, runs.EngineError(err)
}

// onlyArchived turns "no such run" into none: the store may know it.
func onlyArchived(err error) error {
	if errors.Is(err, runs.ErrNoRun) {
		return nil
	}
	return err
}

// recordParts are what the engine knows of a run: as the run has told it when it
// ended, else as it tells it when it is asked, else as its history has it.
func recordParts(ctx context.Context, session *runs.Session, engine client.Client, run runs.Row) (parts []audit.Record, err error) {
	var told []saga.Archive
	if !run.Ended.IsZero() {
		if told, err = runs.ReadArchive(ctx, session, engine, run); err != nil {
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
	s, err := runs.Describe(ctx, engine, run.Workflow, run.Run)
	if err != nil {
		return nil, runs.EngineError(err)
	}
	if last >= 0 { // it was ended before it could tell anybody
		parts[last] = endedBy(parts[last], s)
		return parts, nil
	}
	past, err := runs.ReadPast(ctx, session, engine, s)
	if err != nil {
		return nil, err
	}
	if past.Ledger.Project == "" {
		past.Ledger.Project = run.Cloud
	}
	return []audit.Record{endedBy(audit.RecordFromLedger(run.Workflow, run.Run, *past.Ledger), s)}, nil
}

// endedBy adds how the engine ended a run that could not say so itself.
func endedBy(r audit.Record, s runs.Snapshot) audit.Record {
	if !s.Ended() || saga.RunState(r.State).Final() {
		return r
	}
	last := audit.Event{
		Event: saga.Event{
			ID: s.Run + "/closed", Time: s.Closed, Workflow: s.Workflow, Flow: r.Flow, Run: r.Run, From: r.State, To: runs.StateOf(s), Text: "ended by the engine",
		},
		Execution: r.Execution, Project: r.Project,
	}
	r.State, r.Ended = last.To, s.Closed
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

// askRecord asks a run for its record; nil if no worker can tell it or it has no
// events.
func askRecord(ctx context.Context, engine client.Client, run runs.Row) (parts []saga.Archive) {
	for n := 1; n == 1 || n <= parts[0].Parts; n++ {
		ctx, cancel := context.WithTimeout(ctx, runs.LedgerTimeout)
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

func auditArchiveCommand(session *runs.Session) *cobra.Command {
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
	runs.OnRun(session, cmd, func(ctx context.Context, engine client.Client, s runs.Snapshot) error {
		s, err := runs.SelectRun(ctx, engine, s, runID)
		if err != nil {
			return err
		}
		if !s.Ended() {
			return fmt.Errorf("run %s has not ended: it will be archived when it does", s.Workflow)
		}
		return archiveRun(ctx, session, engine, s, runs.AuditPlace(place))
	})
	cmd.Flags().StringVar(&runID, "run-id", "", "an earlier run of the same workflow id")
	config.AddAuditFlag(cmd.Flags(), &place)
	return cmd
}

// archive writes one run into a store.
func archiveRun(ctx context.Context, session *runs.Session, engine client.Client, s runs.Snapshot, place string) error {
	if place == audit.Off {
		return term.Usage("there is no audit store: give --audit")
	}
	if err := audit.Check(place); err != nil {
		return term.WithCode(term.ExitUsage, err)
	}
	parts, err := recordParts(ctx, session, engine, runs.Row{Workflow: s.Workflow, Run: s.Run, Cloud: s.Cloud, Started: s.Started, Ended: s.Closed})
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
		return fmt.Errorf("of run %s (run id %s) %d parts cannot be told without a worker: start a `novaflow-worker` for task queue %s", s.Workflow, s.Run, missing, s.Queue)
	}
	fmt.Fprintf(session.Out, "run %s (run id %s) is in %s: %d of its %d transitions were written now\n", s.Workflow, s.Run, store.Place(), events, len(whole(parts).Events))
	return nil
}
