package devcloud

import (
	"strconv"
	"time"
)

// lag hides a new object from lists: for a number of list calls, or until an instant.
type lag struct {
	lists int
	until time.Time
}

// made applies a fault of the call to the object it has made: how long it
// takes to reach next, and whether lists show it.
func (q *request) made(kind string, m *meta, next string, takes time.Duration) {
	switch f := q.fault; {
	case f == nil:
	case f.verb == "stuck":
		m.stuck(next)
		return
	case f.verb == "slow":
		takes, _ = time.ParseDuration(f.arg)
	case f.verb == "lag":
		q.hide(m.ID)
	}
	if next != "" {
		q.c.later(kind, m, next, takes)
	}
}

func (q *request) hide(id string) {
	l := &lag{}
	if n, err := strconv.Atoi(q.fault.arg); err == nil {
		l.lists = n
	} else if d, err := time.ParseDuration(q.fault.arg); err == nil {
		l.until = q.now.Add(d)
	}
	q.c.lag[id] = l
}

// fails is the text of an error fault on the call, or of what it fails with anyway.
func (q *request) fails(otherwise string) string {
	if q.fault != nil && q.fault.verb == "error" {
		return q.fault.words()
	}
	return otherwise
}

// listed takes out what lists do not show yet. Each call of it is one list.
func listed[P object](q *request, items []P) []P {
	if len(q.c.lag) == 0 {
		return items
	}
	shown := make([]P, 0, len(items))
	for _, it := range items {
		if !q.c.hidden(it.base().ID, q.now) {
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
