package api

import (
	"slices"
	"strconv"
	"time"

	"novaflow/internal/devcloud/store"
)

// lag hides a new object from lists, for a number of lists or until an instant.
type lag struct {
	lists int
	until time.Time
}

// Become lets an object reach the status next after a time. A fault of the call can
// change how long that takes, or hide the object from lists. With next "" only the latter
// applies.
func (q *Request) Become(kind string, m *store.Meta, next string, takes time.Duration) {
	switch f := q.fault; {
	case f == nil:
	case f.verb == "stuck":
		m.Stuck(next)
		return
	case f.verb == "slow":
		takes, _ = time.ParseDuration(f.arg)
	case f.verb == "lag":
		q.Hide(m.ID)
	}
	if next != "" {
		q.front.Later(kind, m, next, takes)
	}
}

// Hide keeps an object out of lists for as long as a lag fault of the call says.
func (q *Request) Hide(id string) {
	l := &lag{}
	if n, err := strconv.Atoi(q.fault.arg); err == nil {
		l.lists = n
	} else if d, err := time.ParseDuration(q.fault.arg); err == nil {
		l.until = q.Now.Add(d)
	}
	q.front.lag[id] = l
}

// Failure returns the text of an error fault of the call. Without such a fault it returns
// otherwise.
func (q *Request) Failure(otherwise string) string {
	if q.Faulted("error") {
		return q.fault.words()
	}
	return otherwise
}

// Faulted reports whether the call has one of these faults.
func (q *Request) Faulted(verbs ...string) bool {
	return q.fault != nil && slices.Contains(verbs, q.fault.verb)
}

// Slowness returns how long a fault of the call delays what it does.
func (q *Request) Slowness() (d time.Duration, slow bool, err error) {
	if !q.Faulted("slow") {
		return 0, false, nil
	}
	d, err = time.ParseDuration(q.fault.arg)
	return d, true, err
}

// Listed removes the objects that lists do not show yet. Each call of it counts as one
// list.
func Listed[P store.Object](q *Request, items []P) []P {
	if len(q.front.lag) == 0 {
		return items
	}
	shown := make([]P, 0, len(items))
	for _, it := range items {
		if !q.front.hidden(it.Base().ID, q.Now) {
			shown = append(shown, it)
		}
	}
	return shown
}

// hidden reports whether a lag still hides the object, and counts it down.
func (c *Frontend) hidden(id string, now time.Time) bool {
	l, ok := c.lag[id]
	if !ok {
		return false
	}
	if l.lists > 0 {
		l.lists--
		return true
	}
	if now.Before(l.until) {
		return true
	}
	delete(c.lag, id)
	return false
}
