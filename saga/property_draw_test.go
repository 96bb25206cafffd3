package saga_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

func one(t *rapid.T, in int, what string) bool { return rapid.IntRange(0, in-1).Draw(t, what) == in-1 }

func drawShape(t *rapid.T) (s shape) {
	for i := range rapid.IntRange(1, 5).Draw(t, "places") {
		s.Places = append(s.Places, drawPlace(t, i))
	}
	for i := range rapid.IntRange(1, 12).Draw(t, "tasks") {
		s.Steps = append(s.Steps, s.drawStep(t, i))
	}
	s.Must = rapid.Bool().Draw(t, "must")
	if one(t, 3, "pivoted") {
		s.Pivot = rapid.IntRange(0, len(s.Steps)-1).Draw(t, "pivot")
	}
	beside := one(t, 3, "beside") // else all are in a row with the pivot
	for i := range s.Steps {
		if s.Pivot > 0 && i != s.Pivot && !(beside && one(t, 3, "alone")) {
			s.Steps[max(i, s.Pivot)].need(min(i, s.Pivot))
		}
	}

	for i := range s.Places[1:] {
		first := s.first(i + 1)
		if first > 0 && one(t, 4, "conditional") {
			s.Places[i+1].If = drawClause(t, first)
		}
		if first > 0 && s.Places[i+1].Each != 0 && rapid.Bool().Draw(t, "found out") {
			list := rapid.IntRange(0, first-1).Draw(t, "list")
			s.Places[i+1].List = &list
		}
	}
	return s
}

func drawPlace(t *rapid.T, i int) place {
	p := place{Await: one(t, 4, "await")}
	if one(t, 3, "narrow") {
		p.Width = rapid.IntRange(1, 2).Draw(t, "width")
	}
	if i == 0 {
		return p
	}
	p.In, p.Child, p.Tries = rapid.IntRange(0, i-1).Draw(t, "in"), one(t, 3, "child"),
		rapid.IntRange(0, 2).Draw(t, "tries")
	p.Together = one(t, 5, "together")
	if one(t, 4, "each") {
		p.Tries, p.Each, p.Picky = 0, rapid.SampledFrom([]int{1, 2, 2, 3, 3, -1}).Draw(t, "alternatives"),
			one(t, 4, "picky")
	}
	if one(t, 3, "late") {
		p.Deadline = time.Duration(rapid.IntRange(1, 60).Draw(t, "deadline")) * time.Second
	}
	return p
}

func (s *shape) drawStep(t *rapid.T, i int) (p step) {
	p.Must = rapid.Bool().Draw(t, "must")
	for j := range i {
		if one(t, 3, "edge") {
			p.Needs = append(p.Needs, j)
		}
	}
	if i > 0 && rapid.Bool().Draw(t, "beside") {
		p.Place = s.Steps[i-1].Place
	} else {
		p.Place = rapid.IntRange(0, len(s.Places)-1).Draw(t, "place")
	}
	if i > 0 && one(t, 5, "conditional") {
		p.If = drawClause(t, i)
	}
	return p
}

func drawClause(t *rapid.T, before int) *clause {
	return &clause{Of: rapid.IntRange(0, before-1).Draw(t, "of"), Made: rapid.Bool().Draw(t, "made")}
}

func (p *step) need(j int) {
	if !slices.Contains(p.Needs, j) {
		p.Needs = append(p.Needs, j)
	}
}
