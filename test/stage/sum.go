package stage

import (
	"fmt"
	"sync"
	"testing"

	"go.temporal.io/sdk/temporal"
)

// Sum counts how runs ended.
func Sum(runs []*Created) string {
	var committed, cancelled, reverted, deleted int
	for _, c := range runs {
		if c.Gone {
			deleted++
		}
		switch {
		case c.Err == nil:
			committed++
		case temporal.IsCanceledError(c.Err):
			cancelled++
		default:
			reverted++
		}
	}
	return fmt.Sprintf("%d committed (%d of them deleted meanwhile), %d reverted, %d cancelled and reverted", committed, deleted, reverted, cancelled)
}

// DeleteAll deletes what committed runs have created, and fails the test unless every
// deletion succeeds.
func (s *Stage) DeleteAll(t testing.TB, queue string, runs []*Created) {
	t.Helper()
	var group sync.WaitGroup
	slots := make(chan struct{}, 10)
	for _, c := range runs {
		if c.Err != nil || c.Gone {
			continue
		}
		slots <- struct{}{}
		run := s.Delete(t, queue, c.Spec.Cloud, c.Spec.Name)
		group.Go(func() {
			defer func() { <-slots }()
			if err := s.end(t.Context(), run, nil); err != nil {
				t.Errorf("delete of %s: %v", c.Spec.Name, err)
			}
		})
	}
	group.Wait()
}

// ReadLedgers asks every run for its ledger. It needs a live worker.
func (s *Stage) ReadLedgers(t testing.TB, runs []*Created) {
	t.Helper()
	var group sync.WaitGroup
	slots := make(chan struct{}, 4)
	for _, c := range runs {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			err := persist(t.Context(), func() (err error) { c.Ledger, err = s.ledger(t.Context(), c.WorkflowRun); return err })
			if err != nil {
				t.Errorf("ledger of %s: %v", c.GetID(), err)
			}
		})
	}
	group.Wait()
}
