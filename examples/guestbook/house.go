package guestbook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// House is the service that the flow changes. It stands for any service with
// requests that create, find and delete items. It lives in memory, so that the
// example needs nothing else. Use NewHouse.
type House struct {
	mu     sync.Mutex
	last   int
	items  map[string]Item // by ID
	broken map[string]bool // rooms whose locks are broken
}

// Item is something in the house: a reservation, a key, a breakfast or an entry
// in the guest book.
type Item struct {
	ID   string `json:"id"`   // chosen by the house
	Kind string `json:"kind"` // Room, Key, Breakfast or Entry
	Name string `json:"name"` // given by people; two items can have the same
	Note string `json:"note"` // free text of the one who created it
}

// The kinds of items.
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
	h := &House{items: map[string]Item{}, broken: map[string]bool{}}
	for _, room := range broken {
		h.broken[room] = true
	}
	return h
}

// Create creates an item. It refuses a room that is taken with ErrTaken. It refuses a key
// with ErrBroken if the lock of the room of that name is broken.
func (h *House) Create(kind, name, note string) (Item, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.items {
		if kind == Room && t.Kind == Room && t.Name == name {
			return Item{}, fmt.Errorf("room %s: %w", name, ErrTaken)
		}
	}
	if kind == Key && h.broken[name] {
		return Item{}, fmt.Errorf("room %s: %w", name, ErrBroken)
	}
	h.last++
	t := Item{ID: fmt.Sprintf("%s-%d", kind, h.last), Kind: kind, Name: name, Note: note}
	h.items[t.ID] = t
	return t, nil
}

// Find lists the items of a kind with a note.
func (h *House) Find(kind, note string) (found []Item) {
	for _, t := range h.All() {
		if t.Kind == kind && t.Note == note {
			found = append(found, t)
		}
	}
	return found
}

// Delete deletes an item. If it is absent already, that is no error.
func (h *House) Delete(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.items, id)
}

// All lists everything in the house, by ID.
func (h *House) All() (all []Item) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.items {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
	return all
}
