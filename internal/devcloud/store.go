package devcloud

import (
	"sync"
	"sync/atomic"
)

// Store holds the rows of all services under one lock, with what they have in common:
// the journal, the clock, what is due, settings, quotas and usage.
type Store struct {
	options Options
	skew    atomic.Int64 // of the clock, as a time.Duration

	mu       sync.Mutex // guards all below and the rows of all tables
	journal  *journal
	due      dueHeap
	ripe     map[string]func(id string)
	used     map[string]map[string]int // by project and resource
	settings *table[*state]
	state    *state
	quotas   *table[*quotaSet]
}

// newStore returns a store without content. Services add their tables to it before it is
// loaded.
func newStore(o Options) *Store {
	s := &Store{
		options: o, journal: &journal{path: o.File, tables: map[string]rows{}},
		ripe: map[string]func(string){}, used: map[string]map[string]int{},
	}
	s.settings = newTable(s, "settings", func() *state { return &state{} })
	s.quotas = newTable(s, "quota", func() *quotaSet { return &quotaSet{} })
	return s
}

// Lock makes the caller the only one to read and change the content.
func (c *Store) Lock() { c.mu.Lock() }

// Unlock ends what Lock began.
func (c *Store) Unlock() { c.mu.Unlock() }

// load reads the journal, and reports whether there was one.
func (c *Store) load() (bool, error) {
	if c.journal.path == "" {
		return false, nil
	}
	found, err := c.journal.replay()
	c.state, _ = c.settings.get("settings")
	return found, err
}

// ready schedules what is due of the loaded rows, and compacts the journal.
func (c *Store) ready() error {
	for kind := range c.ripe {
		if t, ok := c.journal.tables[kind]; ok {
			t.each(func(_ string, it object) { c.await(kind, it.base()) })
		}
	}
	if c.journal.path == "" {
		return nil
	}
	return c.journal.compact()
}

// flush hands what changed to the operating system. It is to be called before a change
// is answered.
func (c *Store) flush() error { return c.journal.flush() }

// close writes what is left and closes the journal.
func (c *Store) close() error {
	c.Lock()
	defer c.Unlock()
	return c.journal.close()
}
