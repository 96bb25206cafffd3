package api

import (
	"slices"
	"strconv"
	"time"

	"novaflow/internal/devcloud/store"
)

// lag hides a new object from lists: for a number of list calls, or until an instant.
type lag struct {
	lists int
	until time.Time
}

// Become applies a fault of the call to the object it has made: how long it
// takes to reach next, and whether lists show it.
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

func (q *Request) Hide(id string) {
	l := &lag{}
	if n, err := strconv.Atoi(q.fault.arg); err == nil {
		l.lists = n
	} else if d, err := time.ParseDuration(q.fault.arg); err == nil {
		l.until = q.Now.Add(d)
	}
	q.front.lag[id] = l
}

// Failure is the text of an error fault on the call, or of what it fails with anyway.
func (q *Request) Failure(otherwise string) string {
	if q.Faulted("error") {
		return q.fault.words()
	}
	return otherwise
}

// Faulted reports whether a fault of the call is one of those.
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

// Listed takes out what lists do not show yet. Each call of it is one list.
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
