package audit

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Query says which records to find. A record must match all fields that are set. At least
// one must be set.
type Query struct {
	Resource string // id of a resource that an event is about
	Project  string
	// Run is a workflow id, the name of a server, an execution, or a run id as marks
	// have it. It also finds the scopes that ran as children, and the executions before
	// a reset.
	Run   string
	Since time.Time // runs that ended then or later
}

// Find returns the records that match a query, by the time of their start.
func (s *Store) Find(ctx context.Context, q Query) ([]Record, error) {
	where, args := q.where()
	if where == "" {
		return nil, fmt.Errorf("audit: an empty query")
	}
	records, err := s.listRuns(ctx, where, args)
	for i := range records {
		if err == nil {
			records[i].Events, err = s.listEvents(ctx, records[i])
		}
	}
	return records, s.problem(err)
}

// where returns the condition of the query in SQL, and its arguments.
func (q Query) where() (string, []any) {
	var terms []string
	var args []any
	term := func(sql string, value string) {
		if value == "" {
			return
		}
		args = append(args, value)
		terms = append(terms, strings.ReplaceAll(sql, "$n", fmt.Sprintf("$%d", len(args))))
	}
	term(`execution IN (SELECT e.execution FROM novaflow_events e
		JOIN novaflow_resources o ON o.event = e.id WHERE o.resource = $n)`, q.Resource)
	term("project = $n", q.Project)
	term(`run IN (SELECT run FROM novaflow_runs WHERE workflow = $n OR execution = $n OR run = $n
		OR workflow = 'server:' || project || ':' || $n)`, q.Run)
	term("ended >= $n", formatTime(q.Since))
	return strings.Join(terms, " AND "), args
}

// listRuns lists the runs for which a condition holds, without their events.
func (s *Store) listRuns(ctx context.Context, where string, args []any) (all []Record, err error) {
	//nolint:gosec // the terms are ours, values are arguments
	rows, err := s.db.QueryContext(ctx, `SELECT execution, workflow, scope,
		parts - (SELECT COUNT(*) FROM novaflow_parts p WHERE p.execution = novaflow_runs.execution),
		run, flow, project, asked_by, reason, state, started, ended
		FROM novaflow_runs WHERE `+where+` ORDER BY started, execution`, args...)
	if err != nil {
		return nil, err
	}
	return readRows(rows, func(r *Record) error {
		var started, ended string
		err := rows.Scan(&r.Execution, &r.Workflow, &r.Scope, &r.Missing, &r.Run, &r.Flow, &r.Project,
			&r.By, &r.Reason, &r.State, &started, &ended)
		r.Started, r.Ended = parseTime(started), parseTime(ended)
		return err
	})
}

// listEvents lists the events of a run in their order.
func (s *Store) listEvents(ctx context.Context, r Record) ([]Event, error) {
	resources, err := s.listResources(ctx, r.Execution)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT
		id, time, task, attempt, came_from, went_to, asked_by, reason, text, mark, activity, request
		FROM novaflow_events WHERE execution = $1 ORDER BY part, position`, r.Execution)
	if err != nil {
		return nil, err
	}
	return readRows(rows, func(e *Event) error {
		var at string
		err := rows.Scan(&e.ID, &at, &e.Task, &e.Attempt, &e.From, &e.To, &e.By, &e.Reason, &e.Text,
			(*string)(&e.Mark), &e.Activity, &e.RequestID)
		e.Workflow, e.Execution, e.Run, e.Flow, e.Project = r.Workflow, r.Execution, r.Run, r.Flow, r.Project
		e.Time, e.Resources = parseTime(at), resources[e.ID]
		return err
	})
}

// listResources lists the resources that the events of an execution are about, by the
// event's id.
func (s *Store) listResources(ctx context.Context, execution string) (map[string][]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT o.event, o.resource
		FROM novaflow_resources o JOIN novaflow_events e ON e.id = o.event
		WHERE e.execution = $1 ORDER BY o.event, o.position`, execution)
	if err != nil {
		return nil, err
	}
	type pair struct{ event, resource string }
	pairs, err := readRows(rows, func(p *pair) error { return rows.Scan(&p.event, &p.resource) })
	all := map[string][]string{}
	for _, p := range pairs {
		all[p.event] = append(all[p.event], p.resource)
	}
	return all, err
}

// readRows reads all rows and closes them.
func readRows[T any](rows *sql.Rows, read func(*T) error) (all []T, err error) {
	defer rows.Close() //nolint:errcheck // Err reports it
	for rows.Next() {
		var v T
		if err := read(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// parseTime parses what formatTime returned.
func parseTime(text string) time.Time {
	t, err := time.Parse(timeForm, text)
	if err != nil {
		return time.Time{} // "" stands for no time
	}
	return t
}
