package audit

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Write writes a part of a record. If the store already has that part of the same
// execution, Write changes nothing and returns false. It writes the part as a whole or
// not at all, and no event twice.
func (s *Store) Write(ctx context.Context, r Record) (written bool, err error) {
	if r.Execution == "" || r.Workflow == "" || r.Part < 1 || r.Parts < r.Part {
		return false, fmt.Errorf("audit: part %d of %d of the record of workflow %q, execution %q cannot be archived",
			r.Part, r.Parts, r.Workflow, r.Execution)
	}
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if err := insertRun(ctx, tx, r); err != nil {
			return err
		}
		if written, err = insertPart(ctx, tx, r); err != nil || !written {
			return err
		}
		for i, e := range r.Events {
			if err := insertEvent(ctx, tx, r, i, e); err != nil {
				return err
			}
		}
		return nil
	})
	return written && err == nil, s.problem(err)
}

// insertRun writes the head of a record, unless the store has it.
func insertRun(ctx context.Context, tx *sql.Tx, r Record) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO novaflow_runs
		(execution, workflow, scope, parts, run, flow, project, asked_by, reason, state, started, ended)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
		r.Execution, r.Workflow, r.Scope, r.Parts, r.Run, r.Flow, r.Project, cleanText(r.By), cleanText(r.Reason),
		r.State, formatTime(r.Started), formatTime(r.Ended))
	return err
}

// insertPart notes that a part is written. It returns false if the store already has it.
func insertPart(ctx context.Context, tx *sql.Tx, r Record) (bool, error) {
	done, err := tx.ExecContext(ctx,
		`INSERT INTO novaflow_parts (execution, part) VALUES ($1, $2) ON CONFLICT DO NOTHING`, r.Execution, r.Part)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// insertEvent writes an event with its resources, unless the store has it.
func insertEvent(ctx context.Context, tx *sql.Tx, r Record, position int, e Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO novaflow_events
		(id, execution, part, position, time, task, attempt, came_from, went_to, asked_by, reason, text, mark,
			activity, request)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING`,
		e.ID, r.Execution, r.Part, position, formatTime(e.Time), e.Task, e.Attempt, e.From, e.To,
		cleanText(e.By), cleanText(e.Reason), cleanText(e.Text), string(e.Mark), e.Activity, cleanText(e.RequestID))
	for i, id := range e.Resources {
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO novaflow_resources (event, resource, position)
				VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, e.ID, cleanText(id), i)
		}
	}
	return err
}

// cleanText returns a text that every database accepts. PostgreSQL refuses text that is
// not UTF-8, and the character of value zero.
func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// timeForm is a form of times that sorts as text.
const timeForm = "2006-01-02T15:04:05.000000000Z"

// formatTime returns a time in the form of the store, and "" for no time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeForm)
}
