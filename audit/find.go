package audit

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Query says which records to find. Fields that are set must all hold; one at
// least must be.
type Query struct {
	Resource string // id of a resource that an event is about
	Project  string
	Run      string    // workflow id, name of a server, execution, or run id as marks have it; with the scopes that ran as children, and executions before a reset
	Since    time.Time // runs that ended then or later
}

// Find returns the records that a query asks for, by the time of their start.
func (s *Store) Find(ctx context.Context, q Query) ([]Record, error) {
	where, args := q.where()
	if where == "" {
		return nil, fmt.Errorf("audit: an empty query")
	}
	records, err := s.runs(ctx, where, args)
	for i := range records {
		if err == nil {
			records[i].Events, err = s.events(ctx, records[i])
		}
	}
	return records, s.problem(err)
}

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
	term("execution IN (SELECT e.execution FROM novaflow_events e JOIN novaflow_resources o ON o.event = e.id WHERE o.resource = $n)", q.Resource)
	term("project = $n", q.Project)
	term("run IN (SELECT run FROM novaflow_runs WHERE workflow = $n OR execution = $n OR run = $n OR workflow = 'server:' || project || ':' || $n)", q.Run)
	term("ended >= $n", written(q.Since))
	return strings.Join(terms, " AND "), args
}

func (s *Store) runs(ctx context.Context, where string, args []any) (all []Record, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT execution, workflow, scope,
		parts - (SELECT COUNT(*) FROM novaflow_parts p WHERE p.execution = novaflow_runs.execution),
		run, flow, project, asked_by, reason, state, started, ended
		FROM novaflow_runs WHERE `+where+` ORDER BY started, execution`, args...) //nolint:gosec // the terms are ours, values are arguments
	if err != nil {
		return nil, err
	}
	return scan(rows, func(r *Record) error {
		var started, ended string
		err := rows.Scan(&r.Execution, &r.Workflow, &r.Scope, &r.Missing, &r.Run, &r.Flow, &r.Project, &r.By, &r.Reason, &r.State, &started, &ended)
		r.Started, r.Ended = moment(started), moment(ended)
		return err
	})
}

func (s *Store) events(ctx context.Context, r Record) ([]Event, error) {
	resources, err := s.resources(ctx, r.Execution)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id, time, task, attempt, came_from, went_to, asked_by, reason, text, mark, activity, request
		FROM novaflow_events WHERE execution = $1 ORDER BY part, position`, r.Execution)
	if err != nil {
		return nil, err
	}
	return scan(rows, func(e *Event) error {
		var at string
		err := rows.Scan(&e.ID, &at, &e.Task, &e.Attempt, &e.From, &e.To, &e.By, &e.Reason, &e.Text, (*string)(&e.Mark), &e.Activity, &e.RequestID)
		e.Time, e.Workflow, e.Execution, e.Run, e.Flow, e.Project = moment(at), r.Workflow, r.Execution, r.Run, r.Flow, r.Project
		e.Resources = resources[e.ID]
		return err
	})
}

// resources are what the events of an execution are about, by the event's id.
func (s *Store) resources(ctx context.Context, execution string) (map[string][]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT o.event, o.resource FROM novaflow_resources o JOIN novaflow_events e ON e.id = o.event
		WHERE e.execution = $1 ORDER BY o.event, o.position`, execution)
	if err != nil {
		return nil, err
	}
	type pair struct{ event, resource string }
	pairs, err := scan(rows, func(p *pair) error { return rows.Scan(&p.event, &p.resource) })
	all := map[string][]string{}
	for _, p := range pairs {
		all[p.event] = append(all[p.event], p.resource)
	}
	return all, err
}

// scan reads all rows and closes them.
func scan[T any](rows *sql.Rows, read func(*T) error) (all []T, err error) {
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		var v T
		if err := read(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// moment reads what written wrote.
func moment(text string) time.Time {
	t, err := time.Parse(timeForm, text)
	if err != nil {
		return time.Time{} // "" is none
	}
	return t
}
