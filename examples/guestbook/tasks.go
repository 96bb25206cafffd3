package guestbook

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// Staff has the activities. The fields are what a worker brings along and a
// history must not hold: connections, credentials.
type Staff struct{ House *House }

// Request is what most tasks are given.
type Request struct {
	Guest string `json:"guest"`
	Room  string `json:"room"`
}

// Guest is what the house knows of a guest.
type Guest struct {
	Name      string `json:"name"`
	Breakfast bool   `json:"breakfast"` // wants one
}

// ReserveRoom reserves a room.
func (s *Staff) ReserveRoom(_ context.Context, i saga.Intent[Request]) (Thing, error) {
	return s.make(Room, i.In.Room, i.Mark)
}

// FreeRoom makes sure that the reservation is absent.
func (s *Staff) FreeRoom(_ context.Context, u saga.Undo[Request, Thing]) error {
	return s.remove(Room, u.Mark)
}

// CutKey makes a key for a room.
func (s *Staff) CutKey(_ context.Context, i saga.Intent[Request]) (Thing, error) {
	return s.make(Key, i.In.Room, i.Mark)
}

// MeltKey makes sure that the key is absent.
func (s *Staff) MeltKey(_ context.Context, u saga.Undo[Request, Thing]) error {
	return s.remove(Key, u.Mark)
}

// OrderBreakfast orders a breakfast to the room.
func (s *Staff) OrderBreakfast(_ context.Context, i saga.Intent[Request]) (Thing, error) {
	return s.make(Breakfast, i.In.Room, i.Mark)
}

// CancelBreakfast makes sure that the order is absent.
func (s *Staff) CancelBreakfast(_ context.Context, u saga.Undo[Request, Thing]) error {
	return s.remove(Breakfast, u.Mark)
}

// WriteEntry writes a line into the guest book.
func (s *Staff) WriteEntry(_ context.Context, i saga.Intent[string]) (Thing, error) {
	return s.make(Entry, i.In, i.Mark)
}

// StrikeEntry makes sure that the line is absent.
func (s *Staff) StrikeEntry(_ context.Context, u saga.Undo[string, Thing]) error {
	return s.remove(Entry, u.Mark)
}

// FindGuest looks up what a guest likes.
func (s *Staff) FindGuest(_ context.Context, name string) (Guest, error) {
	return Guest{Name: name, Breakfast: name != "Nobody Hungry"}, nil
}

// make adopts what carries the mark, or else makes it with the mark. Nothing
// that can fail may follow the request that makes it.
func (s *Staff) make(kind, name string, mark saga.Mark) (Thing, error) {
	switch found := s.House.Find(kind, string(mark)); len(found) {
	case 0:
	case 1:
		return found[0], nil
	default:
		return Thing{}, refused("Twins", fmt.Errorf("%d of kind %s carry the mark %s", len(found), kind, mark))
	}
	made, err := s.House.Make(kind, name, string(mark))
	switch {
	case errors.Is(err, ErrTaken):
		return Thing{}, refused("Taken", err)
	case errors.Is(err, ErrBroken):
		return Thing{}, refused("Broken", err)
	}
	return made, err
}

// remove makes sure that nothing carries the mark.
func (s *Staff) remove(kind string, mark saga.Mark) error {
	for _, t := range s.House.Find(kind, string(mark)) {
		s.House.Remove(t.ID)
	}
	return nil
}

// refused is an error that trying again does not mend: the task fails at once.
// Every other error is retried until the run's deadline.
func refused(kind string, err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), kind, err)
}

// The actions: each activity with its undo. Only the names of the methods are
// used, so a nil pointer will do.
var (
	staff          *Staff
	findGuest      = saga.Read(staff.FindGuest)
	reserveRoom    = saga.Do(staff.ReserveRoom).UndoneBy(staff.FreeRoom)
	cutKey         = saga.Do(staff.CutKey).UndoneBy(staff.MeltKey)
	orderBreakfast = saga.Do(staff.OrderBreakfast).UndoneBy(staff.CancelBreakfast)
	writeEntry     = saga.Do(staff.WriteEntry).UndoneBy(staff.StrikeEntry)
)
