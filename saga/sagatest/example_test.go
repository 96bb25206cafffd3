package sagatest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
	"novaflow/saga/sagatest"
)

// Trip is the input of Book, and Seat what its tasks make.
type (
	Trip struct{ From, To string }
	Seat struct{ Number int }
)

// Airline is a service to book with, and the activities that do so.
type Airline struct {
	mu    sync.Mutex
	last  int
	seats map[int]saga.Mark
}

// Reserve looks for the mark before it takes a seat: the answer to an earlier
// attempt may have been lost.
func (a *Airline) Reserve(_ context.Context, i saga.Intent[Trip]) (Seat, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, mark := range a.seats {
		if mark == i.Mark {
			return Seat{n}, nil
		}
	}
	a.last++
	a.seats[a.last] = i.Mark
	return Seat{a.last}, nil
}

// Release makes sure that no seat carries the mark.
func (a *Airline) Release(_ context.Context, u saga.Undo[Trip, Seat]) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, mark := range a.seats {
		if mark == u.Mark {
			delete(a.seats, n)
		}
	}
	return nil
}

var reserve = saga.Do((*Airline)(nil).Reserve).UndoneBy((*Airline)(nil).Release)

// Book takes a seat there and a seat back, or none.
func Book(ctx workflow.Context, trip Trip) (Seat, error) {
	f := saga.NewFlow("book")
	there := saga.Add(f, "there", reserve, saga.Value(trip))
	back := saga.Add(f, "back", reserve, saga.From(there, func(Seat) Trip { return Trip{trip.To, trip.From} }))
	return saga.Run(ctx, f, back)
}

// sky is the world of Book.
type sky struct{ airline *Airline }

func (s sky) Register(env *testsuite.TestWorkflowEnvironment) { env.RegisterActivity(s.airline) }

func (s sky) Inventory() (things []sagatest.Resource) {
	s.airline.mu.Lock()
	defer s.airline.mu.Unlock()
	for n, mark := range s.airline.seats {
		things = append(things, sagatest.Resource{Kind: "seat", ID: fmt.Sprint(n), Mark: string(mark)})
	}
	return things
}

// openSky creates a fresh world in which another passenger has some seats.
func openSky(taken ...int) func(testing.TB) sagatest.World {
	return func(testing.TB) sagatest.World {
		a := &Airline{last: len(taken), seats: map[int]saga.Mark{}}
		for _, n := range taken {
			a.seats[n] = "somebody else's"
		}
		return sky{a}
	}
}

func TestBook(t *testing.T) {
	sagatest.Prove(t, sagatest.Flow{Workflow: Book, Input: Trip{"Oslo", "Rome"}},
		sagatest.Start{Name: "empty plane", Open: openSky()},
		sagatest.Start{Name: "some seats are taken", Open: openSky(1, 2, 3)},
	)
}

// The one call that a test of a flow needs. The flow, its activities and its
// world are in the source of this example.
func ExampleProve() {
	_ = func(t *testing.T) {
		sagatest.Prove(t, sagatest.Flow{Workflow: Book, Input: Trip{"Oslo", "Rome"}},
			sagatest.Start{Name: "empty plane", Open: openSky()},
			sagatest.Start{Name: "some seats are taken", Open: openSky(1, 2, 3)},
		)
	}
}
