package guestbook

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// Staff has the activities. Its fields hold what the worker has and a history must
// not hold: connections, credentials.
type Staff struct{ House *House }

// Request is the input of most tasks.
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
func (s *Staff) ReserveRoom(_ context.Context, i saga.Intent[Request]) (Item, error) {
	return s.createOnce(Room, i.In.Room, i.Mark)
}

// FreeRoom makes sure that the reservation is absent.
func (s *Staff) FreeRoom(_ context.Context, u saga.Undo[Request, Item]) error {
	return s.deleteMarked(Room, u.Mark)
}

// CutKey cuts a key for a room.
func (s *Staff) CutKey(_ context.Context, i saga.Intent[Request]) (Item, error) {
	return s.createOnce(Key, i.In.Room, i.Mark)
}

// MeltKey makes sure that the key is absent.
func (s *Staff) MeltKey(_ context.Context, u saga.Undo[Request, Item]) error {
	return s.deleteMarked(Key, u.Mark)
}

// OrderBreakfast orders a breakfast to the room.
func (s *Staff) OrderBreakfast(_ context.Context, i saga.Intent[Request]) (Item, error) {
	return s.createOnce(Breakfast, i.In.Room, i.Mark)
}

// CancelBreakfast makes sure that the order is absent.
func (s *Staff) CancelBreakfast(_ context.Context, u saga.Undo[Request, Item]) error {
	return s.deleteMarked(Breakfast, u.Mark)
}

// WriteEntry writes a line into the guest book.
func (s *Staff) WriteEntry(_ context.Context, i saga.Intent[string]) (Item, error) {
	return s.createOnce(Entry, i.In, i.Mark)
}

// StrikeEntry makes sure that the line is absent.
func (s *Staff) StrikeEntry(_ context.Context, u saga.Undo[string, Item]) error {
	return s.deleteMarked(Entry, u.Mark)
}

// FindGuest looks up what a guest likes.
func (s *Staff) FindGuest(_ context.Context, name string) (Guest, error) {
	return Guest{Name: name, Breakfast: name != "Nobody Hungry"}, nil
}

// createOnce adopts the item that carries the mark, or else creates one with the
// mark. Nothing that can fail may follow the request that creates it.
func (s *Staff) createOnce(kind, name string, mark saga.Mark) (Item, error) {
	switch found := s.House.Find(kind, string(mark)); len(found) {
	case 0:
	case 1:
		return found[0], nil
	default:
		return Item{}, refuse("Twins", fmt.Errorf("%d of kind %s carry the mark %s", len(found), kind, mark))
	}
	created, err := s.House.Create(kind, name, string(mark))
	switch {
	case errors.Is(err, ErrTaken):
		return Item{}, refuse("Taken", err)
	case errors.Is(err, ErrBroken):
		return Item{}, refuse("Broken", err)
	}
	return created, err
}

// deleteMarked makes sure that no item carries the mark.
func (s *Staff) deleteMarked(kind string, mark saga.Mark) error {
	for _, t := range s.House.Find(kind, string(mark)) {
		s.House.Delete(t.ID)
	}
	return nil
}

// refuse turns an error into one that is not retried: the task fails at once. Every
// other error is retried until the run's deadline.
func refuse(kind string, err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), kind, err)
}

// These are the actions: each activity with its undo. Only the names of the methods
// are used, so a nil pointer is enough.
var (
	staff          *Staff
	findGuest      = saga.Read(staff.FindGuest)
	reserveRoom    = saga.Do(staff.ReserveRoom).UndoneBy(staff.FreeRoom)
	cutKey         = saga.Do(staff.CutKey).UndoneBy(staff.MeltKey)
	orderBreakfast = saga.Do(staff.OrderBreakfast).UndoneBy(staff.CancelBreakfast)
	writeEntry     = saga.Do(staff.WriteEntry).UndoneBy(staff.StrikeEntry)
)
