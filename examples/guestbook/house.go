package guestbook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// House is the service that the flow changes. It stands for any service with
// requests that make, find and remove things, and it is kept in memory so that
// the example needs nothing else. Use NewHouse.
type House struct {
	mu     sync.Mutex
	last   int
	things map[string]Thing // by ID
	broken map[string]bool  // rooms whose locks are broken
}

// Thing is something in the house: a reservation, a key, a breakfast or an
// entry in the guest book.
type Thing struct {
	ID   string `json:"id"`   // chosen by the house
	Kind string `json:"kind"` // Room, Key, Breakfast or Entry
	Name string `json:"name"` // given by people; two things can have the same
	Note string `json:"note"` // free text, kept for whoever made the thing
}

// The kinds of things.
const (
	Room      = "room"
	Key       = "key"
	Breakfast = "breakfast"
	Entry     = "entry"
)

// Reasons why the house refuses a request. Asking again does not help.
var (
	ErrTaken  = errors.New("the room is taken")
	ErrBroken = errors.New("no key fits the lock")
)

// NewHouse opens a house in which the locks of some rooms are broken.
func NewHouse(broken ...string) *House {
	h := &House{things: map[string]Thing{}, broken: map[string]bool{}}
	for _, room := range broken {
		h.broken[room] = true
	}
	return h
}

// Make makes a thing. A room is refused with ErrTaken if somebody has it, a key
// with ErrBroken if the lock of the room of that name is broken.
func (h *House) Make(kind, name, note string) (Thing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.things {
		if kind == Room && t.Kind == Room && t.Name == name {
			return Thing{}, fmt.Errorf("room %s: %w", name, ErrTaken)
		}
	}
	if kind == Key && h.broken[name] {
		return Thing{}, fmt.Errorf("room %s: %w", name, ErrBroken)
	}
	h.last++
	t := Thing{ID: fmt.Sprintf("%s-%d", kind, h.last), Kind: kind, Name: name, Note: note}
	h.things[t.ID] = t
	return t, nil
}

// Find lists the things of a kind with a note.
func (h *House) Find(kind, note string) (found []Thing) {
	for _, t := range h.All() {
		if t.Kind == kind && t.Note == note {
			found = append(found, t)
		}
	}
	return found
}

// Remove removes a thing. What is absent already is no error.
func (h *House) Remove(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.things, id)
}

// All lists everything in the house, by ID.
func (h *House) All() (all []Thing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.things {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Thing) int { return strings.Compare(a.ID, b.ID) })
	return all
}
