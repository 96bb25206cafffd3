package sagatest

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// record is what the undisturbed run in a world was like.
type record struct {
	points   []point
	shape    map[string]int // what it created, by kind
	deadline time.Duration  // of the run
}

// undisturbed runs the flow in a world without any mishap. It returns nil if
// that fails.
func (p *prover) undisturbed(b suite, s Start) *record {
	b.Helper()
	t := p.judged(b, Case{World: s.Name})
	if len(t.problems) > 0 {
		b.Errorf("the undisturbed run is wrong already: nothing else is tried in this world\n%s", t)
		return nil
	}
	r := &record{points: listPoints(t.out), shape: countByKind(compareResources(t.before, t.after)),
		deadline: saga.DefaultDeadline}
	if l := t.out.ledger; l != nil {
		r.deadline = l.Deadline.Sub(l.Started)
	}
	if s.Refuses {
		r.points = slices.DeleteFunc(r.points,
			func(pt point) bool {
				return !slices.Contains(findAncestors(t.out.ledger, failedTask(t.out.err)), pt.id)
			})
	}
	return r
}

// listPoints returns the activities of a run.
func listPoints(out outcome) (points []point) {
	pivots := findPivots(out.ledger)
	for _, id := range out.order {
		p := point{id: id, attempts: out.plans[id].attempts, forward: out.forward}
		if out.ledger != nil && out.ledger.Entry(id) != nil {
			e := out.ledger.Entry(id)
			p.task, p.undo, p.pivot, p.needs = true, e.Undo != "", e.Pivot, findAncestors(out.ledger, id)
			p.place(pivots)
		}
		points = append(points, p)
	}
	for i := range points {
		points[i].last = !slices.ContainsFunc(points,
			func(p point) bool { return slices.Contains(p.needs, points[i].id) })
	}
	return points
}

// place says on which side of the pivots a point is.
func (p *point) place(pivots map[string][]string) {
	for pivot, before := range pivots {
		if slices.Contains(p.needs, pivot) {
			p.forward = true
		} else if p.id != pivot && !slices.Contains(before, p.id) {
			p.unsure = true
		}
	}
	p.unsure = p.unsure && !p.forward
}

// findPivots returns the pivots of a flow, each with the tasks before it.
func findPivots(l *saga.Ledger) map[string][]string {
	out := map[string][]string{}
	if l != nil {
		for _, e := range l.Tasks {
			if e.Pivot {
				out[e.Task] = findAncestors(l, e.Task)
			}
		}
	}
	return out
}

// findAncestors returns the tasks that had to succeed before a task, directly or not.
func findAncestors(l *saga.Ledger, task string) (names []string) {
	if l == nil {
		return nil
	}
	for open := []string{task}; len(open) > 0; open = open[1:] {
		e := l.Entry(open[0])
		if e == nil {
			continue
		}
		for _, need := range e.Needs {
			if !slices.Contains(names, need) {
				names, open = append(names, need), append(open, need)
			}
		}
	}
	return names
}

// revertedDetail returns the detail of the error of a reverted run, if it is one.
func revertedDetail(err error) (detail saga.Reverted, ok bool) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != saga.ErrTypeReverted {
		return detail, false
	}
	return detail, app.Details(&detail) == nil
}

func failedTask(err error) string {
	detail, _ := revertedDetail(err)
	return detail.Task
}

// listRefusals returns the cases in a world that refuses the request: the flow fails by
// itself, and besides, something happens to a task that ran before.
func listRefusals(world string, points []point) []Case {
	cases := []Case{{World: world}}
	for _, p := range points {
		for _, m := range []Mishap{LosesAnswer, Repeated, UndoFails} {
			if m.ofUndo() && !p.undo {
				continue
			}
			cases = append(cases, Case{World: world, Faults: []Fault{{p.id, m}}})
		}
	}
	return cases
}
