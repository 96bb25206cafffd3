package store

import (
	"container/heap"
	"time"
)

// event says that an object has something due. It has no effect if the object has
// something else due by then.
type event struct {
	at       time.Time
	kind, id string
}

// dueHeap implements heap.Interface; the first event is the earliest.
type dueHeap []event

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }

func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *dueHeap) Push(x any) { *h = append(*h, x.(event)) }

func (h *dueHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// Later lets the object reach the status next after d.
func (c *Store) Later(kind string, m *Meta, next string, d time.Duration) {
	m.Next, m.Due = next, time.Now().Add(d)
	c.await(kind, m)
}

// Stuck keeps the object on its way to next for ever.
func (m *Meta) Stuck(next string) { m.Next, m.Due = next, time.Time{} }

// await schedules what the object has due, if it has anything.
func (c *Store) await(kind string, m *Meta) {
	if m.Next != "" && !m.Due.IsZero() {
		c.Schedule(kind, m.ID, m.Due)
	}
}

// Schedule calls what OnDue has registered for the kind at an instant.
func (c *Store) Schedule(kind, id string, at time.Time) {
	heap.Push(&c.due, event{at, kind, id})
}

// OnDue registers what carries out what is due for objects of a kind.
func (c *Store) OnDue(kind string, ripen func(id string)) { c.ripe[kind] = ripen }

// Advance carries out what is due. Nothing else changes the content with time.
func (c *Store) Advance(now time.Time) {
	for len(c.due) > 0 && !c.due[0].at.After(now) {
		e := heap.Pop(&c.due).(event)
		c.ripe[e.kind](e.id)
	}
}

// Arrived reports whether the object's next status is due now, and gives it to the
// object.
func Arrived(m *Meta, now time.Time) bool {
	if m.Next == "" || m.Due.IsZero() || m.Due.After(now) {
		return false
	}
	m.Status, m.Next, m.Updated, m.Due = m.Next, "", now, time.Time{}
	return true
}
