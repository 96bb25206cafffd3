package resource

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"novaflow/activities/internal/cloud"
)

// counted is a poller over a map that can be changed, with the number of calls.
type counted struct {
	*poller[string]
	calls atomic.Int32
	guard sync.Mutex // of what follows
	all   map[string]string
	err   error
}

func newCounted(all map[string]string) *counted {
	c := &counted{all: all}
	c.poller = newPoller(func(context.Context) (map[string]string, error) {
		c.calls.Add(1)
		c.guard.Lock()
		defer c.guard.Unlock()
		return c.all, c.err
	})
	return c
}

func absent(context.Context) (string, error) {
	return "", &cloud.Error{Class: cloud.Gone, Message: "gone"}
}

// TestWaitersShareCalls: the number of calls must not grow with the number of
// those who wait.
func TestWaitersShareCalls(t *testing.T) {
	p := newCounted(map[string]string{"a": "ready"})
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			got, err := p.look(context.Background(), time.Second/10)
			assert.NoError(t, err)
			assert.Equal(t, "ready", got["a"])
		})
	}
	all.Wait()
	require.Less(t, p.calls.Load(), int32(10))
}

// TestNobodyWaitsNothingIsCalled: a wait that was cancelled must not leave a
// call behind.
func TestNobodyWaitsNothingIsCalled(t *testing.T) {
	p := newCounted(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 10 {
		_, err := p.look(ctx, time.Hour)
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Zero(t, p.calls.Load())
	require.Nil(t, p.next, "a round is still planned")
}

// TestImpatientWaiterBringsTheRoundForward: who begins to wait must not be held
// up by those who have waited long and look seldom.
func TestImpatientWaiterBringsTheRoundForward(t *testing.T) {
	p := newCounted(map[string]string{"a": "ready"})
	patient := make(chan error, 1)
	go func() { _, err := p.look(context.Background(), time.Hour); patient <- err }()
	require.Eventually(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.next != nil
	}, time.Minute, time.Millisecond)
	_, err := p.look(context.Background(), time.Millisecond)
	require.NoError(t, err)
	require.NoError(t, <-patient)
	require.EqualValues(t, 1, p.calls.Load())
}

// TestAbsenceFromTheListIsConfirmed: lists lag, so a resource that is missing from
// one is not gone.
func TestAbsenceFromTheListIsConfirmed(t *testing.T) {
	p := newCounted(nil)
	there := func(context.Context) (string, error) { return "ready", nil }
	see := func(v string) (bool, error) { return v == "ready", nil }
	require.NoError(t, p.watch(context.Background(), "a", there, see))
	require.Equal(t, cloud.Gone, cloud.ClassOf(p.watch(context.Background(), "a", absent, see)))
}

// TestWatchBearsAHiccup: one failed look must not fail a wait of minutes; an
// error that stays must.
func TestWatchBearsAHiccup(t *testing.T) {
	p := newCounted(map[string]string{"a": "ready"})
	p.err = &cloud.Error{Class: cloud.Transient, Message: "busy"}
	looks := 0
	p.list = func(context.Context) (map[string]string, error) {
		if looks++; looks < 3 {
			return nil, p.err
		}
		return p.all, nil
	}
	see := func(v string) (bool, error) { return true, nil }
	require.NoError(t, p.watch(context.Background(), "a", absent, see))
	p.list = func(context.Context) (map[string]string, error) {
		return nil, &cloud.Error{Class: cloud.Terminal, Message: "forbidden"}
	}
	require.EqualError(t, p.watch(context.Background(), "a", absent, see), "forbidden")
}

// TestWatchEndsWithTheFirstError: what see says is final.
func TestWatchEndsWithTheFirstError(t *testing.T) {
	p := newCounted(map[string]string{"a": "ERROR"})
	boom := errors.New("boom")
	err := p.watch(context.Background(), "a", absent, func(string) (bool, error) { return false, boom })
	require.ErrorIs(t, err, boom)
}

// TestWatchNoticesCancellation: a cancelled activity must not wait on.
func TestWatchNoticesCancellation(t *testing.T) {
	p := newCounted(map[string]string{"a": "building"})
	ctx, cancel := context.WithCancel(context.Background())
	see := func(string) (bool, error) { cancel(); return false, nil }
	require.ErrorIs(t, p.watch(ctx, "a", absent, see), context.Canceled)
}
