package devcloud

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"
)

// meta is what every kind of object has.
type meta struct {
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

func (m *meta) base() *meta { return m }

// object is a row of a table. keys name the index entries to find it under.
// Maps and slices in objects are replaced, never changed in place: answers are
// encoded after the lock is given back.
type object interface {
	base() *meta
	keys() []string
}

type row[P object] struct {
	it   P
	seq  uint64
	keys []string
}

// table holds the objects of one kind in the order they were made, and finds
// them by id and by key without looking at the others.
type table[P object] struct {
	kind  string
	fresh func() P
	log   *journal
	seq   uint64
	rows  map[string]*row[P]
	index map[string][]*row[P]
}

// newTable adds a table to the store. fresh makes a row to load into.
func newTable[P object](s *Store, kind string, fresh func() P) *table[P] {
	log := s.journal
	t := &table[P]{kind: kind, fresh: fresh, log: log, rows: map[string]*row[P]{}, index: map[string][]*row[P]{}}
	log.tables[kind] = t
	log.kinds = append(log.kinds, kind)
	return t
}

func (t *table[P]) get(id string) (P, bool) {
	r, ok := t.rows[id]
	if !ok {
		var none P
		return none, false
	}
	return r.it, true
}

// has reports whether there is an object with the id.
func (t *table[P]) has(id string) bool { return t.rows[id] != nil }

// put adds the object or takes note of its change.
func (t *table[P]) put(p P) {
	t.place(p)
	t.log.changed(t.kind, p.base().ID, p)
}

func (t *table[P]) place(p P) {
	r, ok := t.rows[p.base().ID]
	if !ok {
		t.seq++
		r = &row[P]{it: p, seq: t.seq}
		t.rows[p.base().ID] = r
	}
	keys := append(p.keys(), "")
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

func (t *table[P]) unindex(r *row[P]) {
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

func (t *table[P]) remove(id string) {
	t.drop(id)
	t.log.changed(t.kind, id, nil)
}

func (t *table[P]) drop(id string) {
	if r, ok := t.rows[id]; ok {
		t.unindex(r)
		delete(t.rows, id)
	}
}

// find returns the objects that have all the keys, oldest first.
func (t *table[P]) find(keys ...string) []P {
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

func (t *table[P]) count(key string) int { return len(t.index[key]) }

// rows is a table as the journal sees it.
type rows interface {
	load(id string, raw json.RawMessage) error
	drop(id string)
	each(func(id string, it object))
}

func (t *table[P]) load(id string, raw json.RawMessage) error {
	p := t.fresh()
	if err := json.Unmarshal(raw, p); err != nil {
		return fmt.Errorf("%s %s: %w", t.kind, id, err)
	}
	if r, ok := t.rows[id]; ok {
		r.it = p
	}
	t.place(p)
	return nil
}

func (t *table[P]) each(f func(id string, it object)) {
	for _, r := range t.index[""] {
		f(r.it.base().ID, r.it)
	}
}
