package audit

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"novaflow/saga"
)

// Off is the place that stands for no store. An archive drops what is archived there.
const Off = "off"

// Archive has the activity that archives runs. Every worker that serves archived flows
// needs it, see [Archive.Register].
type Archive struct {
	place string

	mu    sync.Mutex
	store *Store // nil until a run was archived
}

// NewArchive returns an archive with its store at a place, see [Open], or without a store
// if the place is [Off]. It opens the store when a run is archived, so a worker can start
// without it.
func NewArchive(place string) (*Archive, error) {
	if place == Off {
		return None(), nil
	}
	return &Archive{place: place}, Check(place)
}

// None returns an archive that drops everything.
func None() *Archive { return &Archive{place: Off} }

// Register registers the activity.
func (a *Archive) Register(r worker.ActivityRegistry) { r.RegisterActivity(a.ArchiveRun) }

// These bounds say how long a store that does not answer delays the end of a run: about a
// minute and a half.
const (
	attempts       = 5
	attemptTimeout = 15 * time.Second
	longestPause   = 5 * time.Second
)

// Archiving returns the interceptor that archives every run of a worker. If the store
// cannot be written to, a run still ends. The reason is logged and in the run's ledger,
// and "novaflow audit archive" archives the run later. Every worker of a task queue
// needs the interceptor, and so does a replayer of histories.
func Archiving() interceptor.WorkerInterceptor {
	options := saga.Options{Timeout: attemptTimeout, MaximumAttempts: attempts, MaximumInterval: longestPause}
	return saga.Archiving(saga.ArchivedBy((*Archive)(nil).ArchiveRun, options))
}

// ArchiveRun writes a part of a run's record into the store, unless the store has it.
func (a *Archive) ArchiveRun(ctx context.Context, part saga.Archive) error {
	if a.place == Off {
		return nil
	}
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	written, err := s.Write(ctx, RecordOf(part))
	if err == nil && !written {
		activity.GetLogger(ctx).Info("archived before",
			"workflow", part.Workflow, "execution", part.Execution, "part", part.Part)
	}
	return err
}

// open opens the store, or returns the one that is open.
func (a *Archive) open(ctx context.Context) (*Store, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.store != nil {
		return a.store, nil
	}
	s, err := Open(ctx, a.place)
	if err != nil {
		return nil, err
	}
	a.store = s
	return s, nil
}

// Place returns where the store is, without its password.
func (a *Archive) Place() string {
	if s, err := prepareStore(a.place); err == nil && a.place != Off {
		defer s.Close() //nolint:errcheck // never used
		return s.place
	}
	return a.place
}

// Reach opens the store if there is one. An error means that runs are not archived for
// now.
func (a *Archive) Reach(ctx context.Context) error {
	if a.place == Off {
		return nil
	}
	_, err := a.open(ctx)
	return err
}

// Close closes the store.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.store == nil {
		return nil
	}
	s := a.store
	a.store = nil
	return s.Close()
}
