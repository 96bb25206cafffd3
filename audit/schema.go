package audit

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations bring a store from one version of its schema to the next. They are in the
// dialect that SQLite and PostgreSQL share. From the first declared version on, a
// migration never changes: a change of the schema is another migration.
//
// Times are text in UTC with nanoseconds, because text sorts, people can read it, and
// PostgreSQL's own type has no nanoseconds.
var migrations = []string{
	`CREATE TABLE novaflow_runs (
		execution TEXT PRIMARY KEY,
		workflow  TEXT NOT NULL,
		scope     TEXT NOT NULL,
		parts     INTEGER NOT NULL,
		run       TEXT NOT NULL,
		flow      TEXT NOT NULL,
		project   TEXT NOT NULL,
		asked_by  TEXT NOT NULL,
		reason    TEXT NOT NULL,
		state     TEXT NOT NULL,
		started   TEXT NOT NULL,
		ended     TEXT NOT NULL
	);
	CREATE INDEX novaflow_runs_workflow ON novaflow_runs (workflow);
	CREATE INDEX novaflow_runs_run      ON novaflow_runs (run);
	CREATE INDEX novaflow_runs_project  ON novaflow_runs (project, started);
	CREATE TABLE novaflow_parts (
		execution TEXT NOT NULL REFERENCES novaflow_runs (execution),
		part      INTEGER NOT NULL,
		PRIMARY KEY (execution, part)
	);
	CREATE TABLE novaflow_events (
		id        TEXT PRIMARY KEY,
		execution TEXT NOT NULL REFERENCES novaflow_runs (execution),
		part      INTEGER NOT NULL,
		position  INTEGER NOT NULL,
		time      TEXT NOT NULL,
		task      TEXT NOT NULL,
		attempt   INTEGER NOT NULL,
		came_from TEXT NOT NULL,
		went_to   TEXT NOT NULL,
		asked_by  TEXT NOT NULL,
		reason    TEXT NOT NULL,
		text      TEXT NOT NULL,
		mark      TEXT NOT NULL,
		activity  TEXT NOT NULL,
		request   TEXT NOT NULL
	);
	CREATE INDEX novaflow_events_execution ON novaflow_events (execution, part, position);
	CREATE TABLE novaflow_resources (
		event     TEXT NOT NULL REFERENCES novaflow_events (id),
		resource  TEXT NOT NULL,
		position  INTEGER NOT NULL,
		PRIMARY KEY (event, resource)
	);
	CREATE INDEX novaflow_resources_resource ON novaflow_resources (resource)`,
}

// lockKey is the advisory lock of those who change the schema of a PostgreSQL database:
// "novaflow" in ASCII. SQLite has one writer anyway.
const lockKey int64 = 0x6e6f7661666c6f77

// migrate brings the schema up to date. Several workers may call it at once: the first
// one that gets the lock does the work.
func (s *Store) migrate(ctx context.Context) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		if s.postgres {
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lockKey); err != nil {
				return err
			}
		}
		const table = `CREATE TABLE IF NOT EXISTS novaflow_schema (version INTEGER NOT NULL)`
		if _, err := tx.ExecContext(ctx, table); err != nil {
			return err
		}
		version, err := schemaVersion(ctx, tx)
		if err != nil {
			return err
		}
		if version > len(migrations) {
			return fmt.Errorf("its schema has version %d, created by a newer novaflow; this one knows %d",
				version, len(migrations))
		}
		for _, change := range migrations[version:] {
			if _, err := tx.ExecContext(ctx, change); err != nil {
				return err
			}
			version++
			if _, err := tx.ExecContext(ctx, `INSERT INTO novaflow_schema (version) VALUES ($1)`, version); err != nil {
				return err
			}
		}
		return nil
	})
}

// schemaVersion returns the version of the schema, and 0 for an empty store.
func schemaVersion(ctx context.Context, tx *sql.Tx) (version int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM novaflow_schema`).Scan(&version)
	return version, err
}
