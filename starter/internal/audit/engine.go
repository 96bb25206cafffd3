package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"novaflow/audit"
	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
)

// readEngine reads the records of the runs that the engine still has. A name in the
// request is replaced by its workflow id, because the audit store knows no names.
func readEngine(ctx context.Context, session *runs.Session, r *request) ([]audit.Record, error) {
	engine, err := session.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w; to ask the audit store alone give --archive-only", err)
	}
	defer engine.Close()
	rows, err := listAuditedRuns(ctx, engine, r)
	if err != nil {
		return nil, err
	}
	var records []audit.Record
	for _, run := range rows {
		parts, err := readParts(ctx, session, engine, run)
		if err != nil {
			return nil, err
		}
		records = append(records, joinParts(parts))
	}
	return records, nil
}

// listAuditedRuns lists the runs that the engine has and that were asked about: all runs
// of a workflow id, or the one with the run id.
func listAuditedRuns(ctx context.Context, engine client.Client, r *request) ([]runs.Row, error) {
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
		query += fmt.Sprintf(" AND (CloseTime >= %s OR ExecutionStatus = 'Running')",
			runs.Literal(r.begin().UTC().Format(time.RFC3339)))
	}
	rows, err := runs.List(ctx, engine, query, runs.SearchLimit+1)
	if len(rows) > runs.SearchLimit {
		return nil, term.Usage("more than %d runs: give --since, or --resource or --run too", runs.SearchLimit)
	}
	return rows, runs.EngineError(err)
}

// onlyArchived drops the error that the engine has no such run, as the audit store may
// have it.
func onlyArchived(err error) error {
	if errors.Is(err, runs.ErrNoRun) {
		return nil
	}
	return err
}

// readParts reads what the engine knows of a run. It prefers what the run archived when
// it ended, then what the run answers to a query, then what its history says.
func readParts(ctx context.Context, session *runs.Session, engine client.Client,
	run runs.Row) (parts []audit.Record, err error) {
	var archived []saga.Archive
	if !run.Ended.IsZero() {
		if archived, err = runs.ReadArchive(ctx, session, engine, run); err != nil {
			return nil, err
		}
	}
	if len(archived) == 0 || len(archived) < archived[0].Parts { // the archive refused a part, so the next was not sent
		if asked := askRecord(ctx, engine, run); len(asked) > 0 {
			archived = asked
		}
	}
	for _, p := range archived {
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
	if last >= 0 { // the engine ended it before it could archive its end
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

// endedBy adds the event with which the engine ended a run that could not record it
// itself.
func endedBy(r audit.Record, s runs.Snapshot) audit.Record {
	if !s.Ended() || saga.RunState(r.State).Final() {
		return r
	}
	last := audit.Event{
		Event: saga.Event{
			ID: s.Run + "/closed", Time: s.Closed, Workflow: s.Workflow, Flow: r.Flow, Run: r.Run, From: r.State,
			To: runs.StateOf(s), Text: "ended by the engine",
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

// joinParts joins the parts of a record.
func joinParts(parts []audit.Record) audit.Record {
	r := parts[0]
	r.Missing = r.Parts - len(parts)
	for _, p := range parts[1:] {
		r.Events = append(r.Events, p.Events...)
	}
	return r
}

// askRecord asks a run for its record; nil if no worker can answer or it has no
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
