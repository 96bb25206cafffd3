package sagatest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// shelf is a tiny world: items with names and marks.
type shelf struct {
	mu      sync.Mutex
	last    int
	things  map[string]*item // by id
	room    int              // items that fit; 0 is any number
	refused string           // name of what is not taken

	refusals int                  // of UnmakeSilently
	names    map[string]saga.Mark // reserved by MakeNamed
	answers  <-chan struct{}      // to LookForEver
}

type item struct {
	name, mark string
	goes       time.Time // when it is gone; zero is never
}

// order is the input of the tasks of these tests, and made is their result.
type order struct{ Name string }

type made struct{ ID, Name string }

func openShelf(testing.TB) World { return newShelf() }

func newShelf() *shelf { return &shelf{things: map[string]*item{}, names: map[string]saga.Mark{}} }

// openTrap is a shelf with an item of another owner that has the same name as one of the
// run's items.
func openTrap(testing.TB) World {
	s := newShelf()
	s.put("subject", "somebody else's")
	return s
}

// openFull is a shelf with room for one more.
func openFull(testing.TB) World { s := newShelf(); s.room = 1; return s }

// openRefusing is a shelf that takes anything but the subject.
func openRefusing(testing.TB) World { s := newShelf(); s.refused = "subject"; return s }

func (s *shelf) Heal() { s.mu.Lock(); defer s.mu.Unlock(); s.room, s.refused = 0, "" }

func (s *shelf) Register(env *testsuite.TestWorkflowEnvironment) { env.RegisterActivity(&tasks{s}) }

// tasks are the activities on a shelf.
type tasks struct{ s *shelf }

func (s *shelf) Inventory() (all []Resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, it := range s.things {
		if it.goes.IsZero() || time.Now().Before(it.goes) {
			all = append(all, Resource{Kind: "thing", ID: id, State: it.name, Mark: it.mark})
		}
	}
	return all
}

func (s *shelf) put(name, mark string) made {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	id := fmt.Sprint("id-", s.last)
	s.things[id] = &item{name: name, mark: mark}
	return made{id, name}
}

// reserve keeps a name for the first who asks, and reports whether that is m.
func (s *shelf) reserve(name string, m saga.Mark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names[name] == "" {
		s.names[name] = m
	}
	return s.names[name] == m
}

func (s *shelf) takes(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return name != s.refused && (s.room == 0 || len(s.things) < s.room)
}

// find returns the ids of the items that the function accepts.
func (s *shelf) find(accept func(*item) bool) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, it := range s.things {
		if it.goes.IsZero() && accept(it) {
			ids = append(ids, id)
		}
	}
	return ids
}

func marked(m saga.Mark) func(*item) bool { return func(it *item) bool { return it.mark == string(m) } }

func (s *shelf) drop(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.things, id)
	}
}

// Look is a task as it should be.
func (a *tasks) Look(context.Context, order) (made, error) { return made{}, nil }

// Make is a task as it should be.
func (a *tasks) Make(_ context.Context, i saga.Intent[order]) (made, error) {
	if ids := a.s.find(marked(i.Mark)); len(ids) > 0 {
		return made{ids[0], i.In.Name}, nil
	}
	if !a.s.takes(i.In.Name) {
		return made{}, errNoRoom
	}
	return a.s.put(i.In.Name, string(i.Mark)), nil
}

// Unmake is an undo as it should be.
func (a *tasks) Unmake(_ context.Context, u saga.Undo[order, made]) error {
	a.s.drop(a.s.find(marked(u.Mark))...)
	return nil
}

var (
	errNoRoom = errors.New("no room")
	nobody    *tasks
	makes     = saga.Do(nobody.Make).UndoneBy(nobody.Unmake)
	looks     = saga.Read(nobody.Look)
)

type (
	action = saga.Action[order, made]
	taker  = saga.Ref[made]
)

// flowAround returns a workflow of four tasks: one looks, one creates an item, then the
// subject, and the last one creates an item from the subject's result.
func flowAround(subject action) func(workflow.Context, order) (made, error) {
	return func(ctx workflow.Context, in order) (made, error) {
		f := saga.NewFlow("sabotage")
		look := saga.Add(f, "look", looks, saga.Value(in))
		base := saga.Add(f, "base", makes, named("base", look))
		saga.Add(f, "side", makes, named("side", look))
		sub := saga.Add(f, "subject", subject, named("subject", base))
		return saga.Run(ctx, f, saga.Add(f, "top", makes, named("top", sub)))
	}
}

func named(name string, after taker) saga.Ref[order] {
	return saga.From(after, func(made) order { return order{name} })
}

// recorder is a suite that keeps failures instead of failing.
type recorder struct {
	testing.TB
	name   string
	mu     *sync.Mutex
	errors *[]string
	logs   *[]string

	running *sync.WaitGroup // the parallel subtests
}

func newRecorder(t *testing.T) *recorder {
	return &recorder{t, t.Name(), &sync.Mutex{}, &[]string{}, &[]string{}, nil}
}

func (r *recorder) Name() string { return r.name }

func (r *recorder) keep(list *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, text)
}

func (r *recorder) Logf(format string, args ...any) { r.keep(r.logs, fmt.Sprintf(format, args...)) }

func (r *recorder) Errorf(format string, args ...any) { r.keep(r.errors, fmt.Sprintf(format, args...)) }

func (r *recorder) Fatal(args ...any) { r.keep(r.errors, fmt.Sprint(args...)); panic(stop{}) }

func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); panic(stop{}) }

func (r *recorder) Failed() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(*r.errors) > 0 }

type stop struct{}

func (r *recorder) run(name string, parallel bool, body func(suite)) bool {
	sub := *r
	sub.name += "/" + strings.ReplaceAll(name, " ", "_")
	sub.running = &sync.WaitGroup{}
	if parallel {
		r.running.Go(func() { body(&sub) })
		return true
	}
	body(&sub)
	sub.running.Wait()
	return !r.Failed()
}

// recordProve proves a flow and returns what failed.
func recordProve(t *testing.T, f Flow, starts ...Start) (r *recorder, report Report) {
	r = newRecorder(t)
	defer func() {
		if p := recover(); p != nil && p != any(stop{}) {
			panic(p)
		}
	}()
	return r, proveFlow(r, f, starts)
}
