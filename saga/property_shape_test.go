package saga_test

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// shape is a random flow. Places[0] is the flow itself, the others are scopes in it.
type shape struct {
	Steps  []step
	Places []place
	Pivot  int `json:",omitempty"` // the step that is the point of no return, all in a row with it; 0 is none
}

// step is a task, which needs some of those before it.
type step struct {
	Needs []int   `json:",omitempty"`
	Place int     `json:",omitempty"`
	If    *clause `json:",omitempty"`
}

// place is a scope in one of those before it.
type place struct {
	In           int           `json:",omitempty"`
	Child, Await bool          `json:",omitempty"`
	Together     bool          `json:",omitempty"` // undone by one operation
	Tries, Width int           `json:",omitempty"` // 0 is none
	Deadline     time.Duration `json:",omitempty"` // 0 is none
	If           *clause       `json:",omitempty"`
}

// clause holds if a step before was made, or if it was passed over.
type clause struct {
	Of   int
	Made bool
}

func taskName(i int) string { return fmt.Sprintf("t%d", i) }

// around are the places around a step, from the innermost on, the flow itself last.
func (s *shape) around(i int) (places []int) {
	for p := s.Steps[i].Place; p != 0; p = s.Places[p].In {
		places = append(places, p)
	}
	return append(places, 0)
}

// first is the first step in a place, at any depth; 0 if there is none.
func (s *shape) first(place int) int {
	return max(0, slices.IndexFunc(s.Steps, func(p step) bool { return s.inside(p.Place, place) }))
}

// inside reports whether a place is another one, or in it.
func (s *shape) inside(place, other int) bool {
	for ; place != other; place = s.Places[place].In {
		if place == 0 {
			return false
		}
	}
	return true
}

// waits are the steps that must be over before one begins.
func (s *shape) waits(i int) []int {
	needs := slices.Clone(s.Steps[i].Needs)
	clauses := []*clause{s.Steps[i].If}
	for _, p := range s.around(i) {
		clauses = append(clauses, s.Places[p].If)
	}
	for _, c := range clauses {
		if c != nil {
			needs = append(needs, c.Of)
		}
	}
	return needs
}

// skipped are the steps that conditions pass over.
func (s *shape) skipped() []bool {
	skipped := make([]bool, len(s.Steps))
	no := func(c *clause) bool { return c != nil && skipped[c.Of] == c.Made }
	for i, p := range s.Steps {
		skipped[i] = no(p.If) || slices.ContainsFunc(s.around(i), func(p int) bool { return no(s.Places[p].If) })
	}
	return skipped
}

// path is that of a place in the flow; "" is the flow.
func (s *shape) path(place int) string {
	if place == 0 {
		return ""
	}
	return strings.TrimPrefix(fmt.Sprintf("%s/s%d", s.path(s.Places[place].In), place), "/")
}
