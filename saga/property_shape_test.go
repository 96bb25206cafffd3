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
	Must   bool `json:",omitempty"` // the result needs all that no condition passes over
	Pivot  int  `json:",omitempty"` // the step that is the point of no return; 0 is none
}

// step is a task, which needs some of those before it.
type step struct {
	Needs []int   `json:",omitempty"`
	Must  bool    `json:",omitempty"` // it cannot do without what no condition passes over
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
	Each         int           `json:",omitempty"` // alternatives; 0 is no list, less is an empty one
	List         *int          `json:",omitempty"` // the step that finds them; none if that is passed over
	Picky        bool          `json:",omitempty"` // takes the next one only where something failed for good
}

// clause holds if an earlier step was created, or if it was passed over.
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
	for _, c := range s.clauses(i) {
		needs = append(needs, c.Of)
	}
	for _, p := range s.around(i) {
		if list := s.Places[p].List; list != nil {
			needs = append(needs, *list)
		}
	}
	return needs
}

// behind reports whether a step waits for another one, or for one that does.
func (s *shape) behind(i, other int) bool {
	return slices.ContainsFunc(s.waits(i), func(j int) bool { return j == other || s.behind(j, other) })
}

// stays reports whether a step is not undone any more when the pivot has succeeded. What
// is beside it may be in a scope that is tried again.
func (s *shape) stays(i int) bool {
	return i == s.Pivot || s.behind(i, s.Pivot) || s.behind(s.Pivot, i)
}

// clauses are the conditions of a step and of the places around it.
func (s *shape) clauses(i int) (all []*clause) {
	all = append(all, s.Steps[i].If)
	for _, p := range s.around(i) {
		all = append(all, s.Places[p].If)
	}
	return slices.DeleteFunc(all, func(c *clause) bool { return c == nil })
}

// each is the innermost place around a step that has alternatives; 0 if there is none.
func (s *shape) each(i int) int {
	around := s.around(i)
	return around[max(0, slices.IndexFunc(around, func(p int) bool { return p == 0 || s.Places[p].Each != 0 }))]
}

// inChild reports whether a step is done in a child workflow.
func (s *shape) inChild(i int) bool {
	return slices.ContainsFunc(s.around(i), func(p int) bool { return s.Places[p].Child })
}

// path is the path of a place in the flow; "" is the flow.
func (s *shape) path(place int) string {
	if place == 0 {
		return ""
	}
	return strings.TrimPrefix(fmt.Sprintf("%s/s%d", s.path(s.Places[place].In), place), "/")
}
