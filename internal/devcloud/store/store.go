// Package store exists so that all services share one lock, one journal and one clock: it
// holds their rows in tables, with settings, quotas, usage and what is due. It knows no
// service, no HTTP and no row but its own.
//
// It may import nothing of devcloud. The order of devcloud's packages is
// store <- api <- keystone <- glance <- cinder <- neutron <- nova <- devcloud:
// a package may import those to its left.
package store

import (
	"sync"
	"sync/atomic"
)

// Store holds the rows of all services under one lock, with what they have in common:
// the journal, the clock, what is due, settings, quotas and usage.
type Store struct {
	Options Options
	skew    atomic.Int64 // of the clock, as a time.Duration

	mu       sync.Mutex // guards all below and the rows of all tables
	journal  *journal
	due      dueHeap
	ripe     map[string]func(id string)
	used     map[string]map[string]int // by project and resource
	settings *Table[*State]
	State    *State
	Quotas   *Table[*QuotaSet]
}

// New returns a store without content. Services add their tables to it before it is
// loaded.
func New(o Options) *Store {
	s := &Store{
		Options: o, journal: &journal{path: o.File, tables: map[string]rows{}},
		ripe: map[string]func(string){}, used: map[string]map[string]int{},
	}
	s.settings = NewTable(s, "settings", func() *State { return &State{} })
	s.Quotas = NewTable(s, "quota", func() *QuotaSet { return &QuotaSet{} })
	return s
}

// Lock waits until the caller is the only one that reads and changes the content.
func (c *Store) Lock() { c.mu.Lock() }

// Unlock ends what Lock began.
func (c *Store) Unlock() { c.mu.Unlock() }

// Load reads the journal, and reports whether there was one.
func (c *Store) Load() (bool, error) {
	if c.journal.path == "" {
		return false, nil
	}
	found, err := c.journal.replay()
	c.State, _ = c.settings.Get("settings")
	return found, err
}

// Ready schedules what is due of the loaded rows, and compacts the journal.
func (c *Store) Ready() error {
	for kind := range c.ripe {
		if t, ok := c.journal.tables[kind]; ok {
			t.Each(func(_ string, it Object) { c.await(kind, it.Base()) })
		}
	}
	if c.journal.path == "" {
		return nil
	}
	return c.journal.compact()
}

// EachObject calls f for all rows of all tables.
func (c *Store) EachObject(f func(kind string, it Object)) {
	for _, kind := range c.journal.kinds {
		c.journal.tables[kind].Each(func(_ string, it Object) { f(kind, it) })
	}
}

// Flush hands what changed to the operating system. It is to be called before a change
// is answered.
func (c *Store) Flush() error { return c.journal.flush() }

// Close writes what is left and closes the journal.
func (c *Store) Close() error {
	c.Lock()
	defer c.Unlock()
	return c.journal.close()
}
