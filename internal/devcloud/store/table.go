package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"
)

// Meta is the part that rows of every kind have.
type Meta struct {
	ID          string    `json:"id"`
	Name        string    `json:"name,omitempty"`
	Project     string    `json:"project,omitempty"`
	Description string    `json:"description,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Status      string    `json:"status,omitempty"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated,omitzero"`
	Revision    int       `json:"revision,omitempty"`
	// Next is the status that Due brings; "gone" removes the object. A Next
	// without a Due never comes: the object is stuck.
	Next string    `json:"next,omitempty"`
	Due  time.Time `json:"due,omitzero"`
}

// Base implements Object.
func (m *Meta) Base() *Meta { return m }

// Touch records a change at a time.
func (m *Meta) Touch(now time.Time) {
	m.Updated = now
	m.Revision++
}

// Object is a row of a table. Keys names the index entries under which it is found. Maps
// and slices in objects are replaced, never changed in place: answers are encoded after
// the lock is released.
type Object interface {
	Base() *Meta
	Keys() []string
}

type row[P Object] struct {
	it   P
	seq  uint64
	keys []string
}

// Table holds the objects of one kind in the order of their creation, and finds them by
// id and by key without looking at the others.
type Table[P Object] struct {
	Kind  string
	fresh func() P
	log   *journal
	seq   uint64
	rows  map[string]*row[P]
	index map[string][]*row[P]
}

// NewTable adds a table to the store. fresh returns a new row to load into.
func NewTable[P Object](s *Store, kind string, fresh func() P) *Table[P] {
	log := s.journal
	t := &Table[P]{Kind: kind, fresh: fresh, log: log, rows: map[string]*row[P]{}, index: map[string][]*row[P]{}}
	log.tables[kind] = t
	log.kinds = append(log.kinds, kind)
	return t
}

// Get returns the object with an id.
func (t *Table[P]) Get(id string) (P, bool) {
	r, ok := t.rows[id]
	if !ok {
		var none P
		return none, false
	}
	return r.it, true
}

// Has reports whether there is an object with the id.
func (t *Table[P]) Has(id string) bool { return t.rows[id] != nil }

// Put adds the object, or records its change.
func (t *Table[P]) Put(p P) {
	t.place(p)
	t.log.changed(t.Kind, p.Base().ID, p)
}

func (t *Table[P]) place(p P) {
	r, ok := t.rows[p.Base().ID]
	if !ok {
		t.seq++
		r = &row[P]{it: p, seq: t.seq}
		t.rows[p.Base().ID] = r
	}
	keys := append(p.Keys(), "")
	if slices.Equal(keys, r.keys) {
		return
	}
	t.unindex(r)
	r.it, r.keys = p, keys
	for _, k := range keys {
		b := t.index[k]
		i := sort.Search(len(b), func(i int) bool { return b[i].seq >= r.seq })
		t.index[k] = slices.Insert(b, i, r)
	}
}

func (t *Table[P]) unindex(r *row[P]) {
	for _, k := range r.keys {
		b := t.index[k]
		i := sort.Search(len(b), func(i int) bool { return b[i].seq >= r.seq })
		if b = slices.Delete(b, i, i+1); len(b) == 0 {
			delete(t.index, k)
		} else {
			t.index[k] = b
		}
	}
}

// Remove removes the object with an id.
func (t *Table[P]) Remove(id string) {
	t.drop(id)
	t.log.changed(t.Kind, id, nil)
}

func (t *Table[P]) drop(id string) {
	if r, ok := t.rows[id]; ok {
		t.unindex(r)
		delete(t.rows, id)
	}
}

// Find returns the objects that have all the keys, the oldest first.
func (t *Table[P]) Find(keys ...string) []P {
	var best []*row[P]
	for i, k := range append(keys, "") {
		if b := t.index[k]; i == 0 || len(b) < len(best) {
			best = b
		}
	}
	found := make([]P, 0, len(best))
	for _, r := range best {
		if !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(r.keys, k) }) {
			found = append(found, r.it)
		}
	}
	return found
}

// Count returns how many objects have the key.
func (t *Table[P]) Count(key string) int { return len(t.index[key]) }

// rows is a table as the journal sees it.
type rows interface {
	load(id string, raw json.RawMessage) error
	drop(id string)
	Each(func(id string, it Object))
}

func (t *Table[P]) load(id string, raw json.RawMessage) error {
	p := t.fresh()
	if err := json.Unmarshal(raw, p); err != nil {
		return fmt.Errorf("%s %s: %w", t.Kind, id, err)
	}
	if r, ok := t.rows[id]; ok {
		r.it = p
	}
	t.place(p)
	return nil
}

// Each calls f for all objects, the oldest first.
func (t *Table[P]) Each(f func(id string, it Object)) {
	for _, r := range t.index[""] {
		f(r.it.Base().ID, r.it)
	}
}
