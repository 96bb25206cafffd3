package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
	"novaflow/saga"
)

// stores are what every kind of store must hold to, each named after the mistake
// that it would catch.
var stores = []struct {
	name string
	try  func(t *testing.T, place string)
}{
	{"a record comes back as it was written", recordsComeBack},
	{"text that no database takes is kept as far as it goes", oddText},
	{"every event is archived exactly once by many writers", manyWriters},
	{"a record in parts is one record and says what it lacks", parts},
	{"a write is whole or nothing", wholeOrNothing},
	{"a schema of another version is refused", otherSchema},
}

func TestStoreInAFile(t *testing.T) {
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) { s.try(t, filepath.Join(t.TempDir(), "a folder", "audit 100%?.db")) })
	}
}

func open(t *testing.T, place string) *audit.Store {
	t.Helper()
	s, err := audit.Open(t.Context(), place)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

var begun = time.Date(2026, 11, 25, 1, 2, 3, 456789012, time.UTC)

// record is one of a run with some events.
func record(execution string, events int) audit.Record {
	r := audit.Record{
		Execution: execution, Workflow: "server:devcloud:web-1", Part: 1, Parts: 1, Run: execution,
		Flow: "server-create", Project: "devcloud",
		By: "ann@desk", Reason: "a try", State: "COMMITTED", Started: begun, Ended: begun.Add(time.Second),
	}
	for i := range events {
		r.Events = append(r.Events, audit.Event{
			Event: saga.Event{
				ID: fmt.Sprintf("%s/%d", execution, i), Time: begun.Add(time.Duration(i)), Workflow: r.Workflow,
				Run: r.Run, Flow: r.Flow,
				Task: "server", Attempt: 2, Mark: "novaflow:r/server#2", From: "RUNNING", To: "SUCCESS",
				Text:     "it's; -- \"so\" \n",
				Activity: "CreateServer", Resources: []string{"server-id", "port-id"}, RequestID: "req-1",
			},
			Execution: execution, Project: r.Project, By: "ann@desk", Reason: "a try",
		})
	}
	return r
}

// what the store returns for a record.
func kept(r audit.Record) audit.Record {
	r.Part, r.Parts = 0, 0
	return r
}

// A record must come back as it was written, down to the nanosecond and the last
// odd character.
func recordsComeBack(t *testing.T, place string) {
	s, r := open(t, place), record("execution-1", 3)
	written, err := s.Write(t.Context(), r)
	require.NoError(t, err)
	require.True(t, written)
	other := record("execution-2", 1)
	other.Workflow, other.Project, other.Started = "server:other:db", "other", begun.Add(-time.Hour)
	other.Events[0].Workflow, other.Events[0].Project, other.Events[0].Resources = other.Workflow, other.Project, nil
	_, err = s.Write(t.Context(), other)
	require.NoError(t, err)
	for _, q := range []audit.Query{
		{Resource: "server-id"}, {Resource: "port-id"}, {Project: "devcloud"}, {Run: "execution-1"}, {Run: r.Workflow},
		{Run: "web-1"}, // as people call it: with the engine's memory gone, no command knew web-1 any more
		{Resource: "server-id", Project: "devcloud", Run: r.Run, Since: r.Ended},
	} {
		found, err := s.Find(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, []audit.Record{kept(r)}, found, "%+v", q)
	}
	for _, q := range []audit.Query{{Resource: "server"}, {Resource: "server-id", Project: "other"},
		{Run: "' OR 1=1 --"}, {Run: "execution-1", Since: r.Ended.Add(1)}} {
		found, err := s.Find(t.Context(), q)
		require.NoError(t, err)
		require.Empty(t, found, "%+v", q)
	}
	_, err = s.Find(t.Context(), audit.Query{})
	require.ErrorContains(t, err, "empty query")
	all, err := s.Find(t.Context(), audit.Query{Since: begun})
	require.NoError(t, err)
	require.Equal(t, []audit.Record{kept(other), kept(r)}, all, "by the time of their start")
}

// What PostgreSQL would refuse must not keep a run out of the archive.
func oddText(t *testing.T, place string) {
	s, r := open(t, place), record("execution-1", 1)
	r.Reason, r.Events[0].Text = "nil \x00 byte", "broken \xff text"
	_, err := s.Write(t.Context(), r)
	require.NoError(t, err)
	found, err := s.Find(t.Context(), audit.Query{Run: "execution-1"})
	require.NoError(t, err)
	require.Equal(t, "nil \uFFFD byte", found[0].Reason)
	require.Equal(t, "broken \uFFFD text", found[0].Events[0].Text)
}

// Workers archive at the same time, an activity whose answer was lost runs again, and
// people archive by hand. Each event must be stored once, whichever writer was first. A
// new store must be created once.
func manyWriters(t *testing.T, place string) {
	const writers, runs, events = 6, 20, 7
	var first atomic.Int64
	var all sync.WaitGroup
	failures := make(chan error, writers*runs)
	for range writers {
		all.Go(func() { // a worker process has its own connections
			s, err := audit.Open(context.Background(), place)
			if err != nil {
				failures <- err
				return
			}
			defer s.Close()
			for i := range runs {
				written, err := s.Write(context.Background(), record(fmt.Sprintf("execution-%02d", i), events))
				if err != nil {
					failures <- err
				}
				if written {
					first.Add(1)
				}
			}
		})
	}
	all.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	require.EqualValues(t, runs, first.Load())
	found, err := open(t, place).Find(t.Context(), audit.Query{Project: "devcloud"})
	require.NoError(t, err)
	require.Len(t, found, runs)
	for i, r := range found {
		require.Equal(t, kept(record(fmt.Sprintf("execution-%02d", i), events)), r)
	}
}

// The parts of a long record come one by one, and some may come again. While one
// is missing nobody must take the record for whole.
func parts(t *testing.T, place string) {
	s, whole := open(t, place), record("execution-1", 5)
	one, two := whole, whole
	one.Part, one.Parts, one.Events = 1, 2, whole.Events[:3]
	two.Part, two.Parts, two.Events = 2, 2, whole.Events[2:] // an event is in both
	for _, p := range []audit.Record{two, one, two, one} {
		_, err := s.Write(t.Context(), p)
		require.NoError(t, err)
		found, err := s.Find(t.Context(), audit.Query{Run: "execution-1"})
		require.NoError(t, err)
		require.Len(t, found, 1)
		if len(found[0].Events) < 5 {
			require.Equal(t, 1, found[0].Missing)
			continue
		}
		require.Zero(t, found[0].Missing)
	}
	found, err := s.Find(t.Context(), audit.Query{Run: "execution-1"})
	require.NoError(t, err)
	require.Len(t, found[0].Events, 5)
	_, err = s.Write(t.Context(), audit.Record{Execution: "e", Workflow: "w", Part: 2, Parts: 1})
	require.ErrorContains(t, err, "part 2 of 1")
}

// A write that fails half-way must leave nothing, or the next try would take the
// record for archived.
func wholeOrNothing(t *testing.T, place string) {
	s := open(t, place)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Write(ctx, record("execution-1", 3))
	require.ErrorIs(t, err, context.Canceled)
	db := raw(t, place)
	_, err = db.Exec(`ALTER TABLE novaflow_resources RENAME TO away`) // the last table that is written
	require.NoError(t, err)
	written, err := s.Write(t.Context(), record("execution-1", 3))
	require.ErrorContains(t, err, "novaflow_resources")
	require.False(t, written)
	_, err = db.Exec(`ALTER TABLE away RENAME TO novaflow_resources`)
	require.NoError(t, err)
	written, err = s.Write(t.Context(), record("execution-1", 3))
	require.NoError(t, err)
	require.True(t, written)
}

// raw is the database of a store, without the store.
func raw(t *testing.T, place string) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(place, "postgres") {
		driver = "pgx"
	} else {
		place = "file:" + (&url.URL{Path: place}).EscapedPath()
	}
	db, err := sql.Open(driver, place)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// An older program must not write into a newer store, nor a reader guess what is
// in it; an empty place is told from a broken one.
func otherSchema(t *testing.T, place string) {
	_, err := audit.OpenExisting(t.Context(), place)
	require.ErrorIs(t, err, audit.ErrNone)
	require.NoError(t, open(t, place).Close())
	s, err := audit.OpenExisting(t.Context(), place)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = raw(t, place).Exec(`INSERT INTO novaflow_schema (version) VALUES (99)`)
	require.NoError(t, err)
	_, err = audit.Open(t.Context(), place)
	require.ErrorContains(t, err, "version 99, created by a newer novaflow")
	_, err = audit.OpenExisting(t.Context(), place)
	require.ErrorContains(t, err, "version 99")
}

func TestPlacesThatCannotBe(t *testing.T) {
	for place, want := range map[string]string{
		"":                                     "has no place",
		"  ":                                   "has no place",
		"mysql://db/audit":                     `scheme "mysql"`,
		"postgres://":                          "not of the form",
		"postgres://db":                        "not of the form",
		"postgres://u:se cret@db:port/audit":   "not of the form",
		"postgres://u:secret@db:5432/a?port=x": "audit store",
	} {
		err := audit.Check(place)
		if err == nil {
			_, err = audit.Open(t.Context(), place)
		}
		require.ErrorContains(t, err, want, place)
		require.NotContains(t, err.Error(), "secret")
	}
	require.NoError(t, audit.Check("sqlite:audit.db"))
	require.NoError(t, audit.Check("postgres://u:secret@db:5432/audit"))
}

// A password must not come out in an error or on the screen.
func TestPasswordIsNotShown(t *testing.T) {
	_, err := audit.Open(t.Context(), "postgres://u:secret@127.0.0.1:1/audit?connect_timeout=1")
	require.ErrorContains(t, err, "127.0.0.1:1")
	require.NotContains(t, err.Error(), "secret")
}

// A file that is no database, and a folder that cannot be, must be named.
func TestBrokenFileIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.db")
	require.NoError(t, os.WriteFile(file, []byte("this is a shopping list and no database, however long it is made"),
		0o600))
	_, err := audit.Open(t.Context(), file)
	require.ErrorContains(t, err, file)
	_, err = audit.Open(t.Context(), filepath.Join(file, "below", "audit.db"))
	require.ErrorContains(t, err, "not a directory")
}
