package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
)

// Store keeps records of runs that have ended. Many goroutines may use it, and other
// processes may share it.
type Store struct {
	db       *sql.DB
	place    string // for messages, without password
	postgres bool
}

// connections is the number of connections to PostgreSQL. Runs end one by one, and many
// workers share the database.
const connections = 4

// ErrNone says that there is no store yet at a place.
var ErrNone = errors.New("nothing has been archived yet")

// Open opens the store at a place. The place is the path of a SQLite file, with or
// without "sqlite:" before it, or the URL of a PostgreSQL database:
//
//	/var/lib/novaflow/audit.db
//	postgres://novaflow:secret@db.example:5432/novaflow_audit?sslmode=verify-full
//
// Open creates a file that does not exist, and brings the schema up to date.
func Open(ctx context.Context, place string) (*Store, error) {
	s, err := prepareStore(place)
	if err != nil {
		return nil, err
	}
	if !s.postgres {
		if err := os.MkdirAll(filepath.Dir(s.place), 0o700); err != nil {
			return nil, s.problem(err)
		}
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(s.problem(err), s.Close())
	}
	return s, nil
}

// OpenExisting opens a store for reading. If there is none, the error is [ErrNone].
func OpenExisting(ctx context.Context, place string) (*Store, error) {
	s, err := prepareStore(place)
	if err != nil {
		return nil, err
	}
	if !s.postgres {
		if _, err := os.Stat(s.place); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: there is no %s", ErrNone, s.place)
		}
	}
	if err := s.readable(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// readable returns an error unless this program can read the schema.
func (s *Store) readable(ctx context.Context) error {
	var version int
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM novaflow_schema`).Scan(&version)
	switch {
	case err != nil && s.lacksTable(err):
		return fmt.Errorf("%w: %s is empty", ErrNone, s.place)
	case err != nil:
		return s.problem(err)
	case version != len(migrations):
		return s.problem(fmt.Errorf("its schema has version %d, this program reads %d: "+
			"use the program that the workers have", version, len(migrations)))
	}
	return nil
}

// lacksTable reports whether an error says that a table does not exist.
func (s *Store) lacksTable(err error) bool {
	return strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "SQLSTATE 42P01")
}

// Check returns an error if a place is invalid. It does not connect.
func Check(place string) error {
	s, err := prepareStore(place)
	if err != nil {
		return err
	}
	return s.Close()
}

// prepareStore returns a store that connects when it is first used.
func prepareStore(place string) (*Store, error) {
	scheme, rest, found := strings.Cut(place, ":")
	switch {
	case strings.TrimSpace(place) == "":
		return nil, errors.New("the audit store has no place: give the path of a file or a postgres:// URL")
	case found && (scheme == "postgres" || scheme == "postgresql"):
		return connectPostgres(place)
	case found && scheme == "sqlite":
		return connectSQLite(strings.TrimPrefix(rest, "//"))
	case found && strings.HasPrefix(rest, "//"):
		return nil, fmt.Errorf("the audit store cannot be of scheme %q: give the path of a file or a postgres:// URL",
			scheme)
	}
	return connectSQLite(place)
}

// connectPostgres prepares a store in PostgreSQL.
func connectPostgres(place string) (*Store, error) {
	u, err := url.Parse(place)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		// The message does not quote the URL, which may contain a password.
		return nil, errors.New("the audit store's URL is not of the form postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	db, err := sql.Open("pgx", place)
	if err != nil {
		return nil, fmt.Errorf("audit store %s: %w", u.Redacted(), err)
	}
	db.SetMaxOpenConns(connections)
	return &Store{db: db, place: u.Redacted(), postgres: true}, nil
}

// connectSQLite prepares a store in a SQLite file.
func connectSQLite(path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("audit store: %w", err)
	}
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
	}}
	file := (&url.URL{Path: path}).EscapedPath()
	db := sql.OpenDB(sqliteConnector{"file:" + file + "?" + options.Encode()})
	db.SetMaxOpenConns(1) // a file has one writer
	return &Store{db: db, place: path}, nil
}

// Place returns where the store is, without its password.
func (s *Store) Place() string { return s.place }

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// problem names the store in an error.
func (s *Store) problem(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("audit store %s: %w", s.place, err)
}

// transact runs a function in a transaction.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// ignoreDone drops the error of a transaction that is already done.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
