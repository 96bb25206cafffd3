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

// Off is the place that stands for no store: what is archived there is dropped.
const Off = "off"

// Archive has the activity that archives runs. Every worker that serves archived
// flows must have it, see [Archive.Register].
type Archive struct {
	place string

	mu    sync.Mutex
	store *Store // nil until it is needed and could be opened
}

// NewArchive is an archive with its store at a place, see [Open], or without one
// if the place is [Off]. The store is opened when a run is archived: a worker
// works without it.
func NewArchive(place string) (*Archive, error) {
	if place == Off {
		return None(), nil
	}
	return &Archive{place: place}, Check(place)
}

// None is an archive that drops everything.
func None() *Archive { return &Archive{place: Off} }

// Register registers the activity.
func (a *Archive) Register(r worker.ActivityRegistry) { r.RegisterActivity(a.ArchiveRun) }

// Bounds of the archiving: they are how long a store that does not answer holds
// up the end of a run, about a minute and a half.
const (
	attempts       = 5
	attemptTimeout = 15 * time.Second
	longestPause   = 5 * time.Second
)

// Archiving makes the interceptor that has every run of a worker archived. When
// the store cannot be written to, a run ends all the same: that is logged, is in
// its ledger, and "novaflow audit archive" does it later. Every worker of a task
// queue needs it, and so do replayers of histories.
func Archiving() interceptor.WorkerInterceptor {
	return saga.Archiving(saga.ArchivedBy((*Archive)(nil).ArchiveRun, saga.Options{Timeout: attemptTimeout, MaximumAttempts: attempts, MaximumInterval: longestPause}))
}

// ArchiveRun writes a part of a run's record into the store, unless it is there.
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
		activity.GetLogger(ctx).Info("archived before", "workflow", part.Workflow, "execution", part.Execution, "part", part.Part)
	}
	return err
}

// open opens the store, once it can be.
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

// Place is where the store is, without password.
func (a *Archive) Place() string {
	if s, err := connect(a.place); err == nil && a.place != Off {
		defer s.Close() //nolint:errcheck // never used
		return s.place
	}
	return a.place
}

// Reach opens the store if there is one. Its error says that runs will not be
// archived for now.
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
