package resource

import (
	"context"
	"sync"
	"time"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

const (
	firstPause   = 10 * time.Millisecond // gathers those who begin to wait together
	nextPause    = 200 * time.Millisecond
	longestPause = 2 * time.Second
)

// poller shares one list call among all callers that wait for resources of one kind, so
// the number of calls does not grow with the number of resources. It calls only while a
// caller waits.
type poller[T any] struct {
	list func(context.Context) (map[string]T, error) // everything there is, by id

	mu     sync.Mutex
	next   *round[T]     // the call that those who ask now will share; nil if nobody asks
	took   time.Duration // the latest call that was answered
	listen sync.Mutex    // held during a call: calls do not overlap
}

// round is one list call and those who wait for it.
type round[T any] struct {
	due     time.Time
	timer   *time.Timer
	waiting int
	callers []string      // activities that wait
	done    chan struct{} // closed when the fields below are set
	all     map[string]T
	err     error
}

func newPoller[T any](list func(context.Context) (map[string]T, error)) *poller[T] {
	return &poller[T]{list: list}
}

// look returns the result of a list call that begins after look was called,
// within the given pause or somewhat later if calls are slow.
func (p *poller[T]) look(ctx context.Context, pause time.Duration) (map[string]T, error) {
	r := p.join(pause, cloud.Callers(ctx))
	select {
	case <-r.done:
		return r.all, r.err
	case <-ctx.Done():
		p.leave(r)
		return nil, ctx.Err()
	}
}

// join enters the next round, and brings it forward if need be. Calls take at
// most a third of the time, whatever the number of resources in the project.
func (p *poller[T]) join(pause time.Duration, callers []string) *round[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause = max(pause, 2*p.took)
	due := time.Now().Add(pause)
	r := p.next
	if r == nil {
		r = &round[T]{due: due, done: make(chan struct{})}
		r.timer = time.AfterFunc(pause, func() { p.run(r) })
		p.next = r
	} else if due.Before(r.due) && r.timer.Stop() {
		r.due = due
		r.timer.Reset(pause)
	}
	r.waiting++
	r.callers = cloud.MergeNames(r.callers, callers)
	return r
}

// leave gives up waiting; a round without anybody is not run.
func (p *poller[T]) leave(r *round[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.waiting--; r.waiting == 0 && p.next == r && r.timer.Stop() {
		p.next = nil
	}
}

// run sends the call of a round. A caller that joins after that gets the next round.
func (p *poller[T]) run(r *round[T]) {
	p.listen.Lock()
	defer p.listen.Unlock()
	p.mu.Lock()
	p.next = nil
	names := r.callers
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(cloud.OnBehalfOf(context.Background(), names), cloud.RequestTimeout)
	defer cancel()
	begun := time.Now()
	r.all, r.err = p.list(ctx)
	if r.err == nil { // a cloud that is back must not be waited for as long as it was silent
		p.mu.Lock()
		p.took = time.Since(begun)
		p.mu.Unlock()
	}
	close(r.done)
}

// tolerated is how many looks in a row may fail before a wait does.
const tolerated = 5

// watch looks again and again until see says that it is done or fails. Absence
// from the list is believed only when get, which asks for the one resource by id,
// says so too; its error of class Gone is then returned.
func (p *poller[T]) watch(ctx context.Context, id string, get func(context.Context) (T, error),
	see func(T) (done bool, err error)) error {
	failures := 0
	for pause := firstPause; ; pause = min(max(nextPause, pause*9/8), longestPause) {
		v, err := p.one(ctx, id, pause, get)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case cloud.ClassOf(err) == cloud.Gone:
			return err
		case err != nil:
			if failures++; cloud.ClassOf(err) != cloud.Transient || failures > tolerated {
				return err
			}
			task.Say(ctx, err.Error())
			continue
		}
		failures = 0
		if done, err := see(v); done || err != nil {
			return err
		}
	}
}

// one finds one resource in the list, or else by id.
func (p *poller[T]) one(ctx context.Context, id string, pause time.Duration,
	get func(context.Context) (T, error)) (T, error) {
	all, err := p.look(ctx, pause)
	if err != nil {
		return *new(T), err
	}
	if v, ok := all[id]; ok {
		return v, nil
	}
	return get(ctx)
}

// byID orders what was listed.
func byID[T saga.Identified](all []T) map[string]T {
	index := make(map[string]T, len(all))
	for _, v := range all {
		index[v.ResourceID()] = v
	}
	return index
}
