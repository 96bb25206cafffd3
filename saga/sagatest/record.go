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
	points []point
	shape  map[string]int // what it made, by kind
	late   time.Duration  // longer than the deadline of the run
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
	r := &record{points: points(t.out), shape: shape(compare(t.before, t.after)), late: 24 * time.Hour}
	if l := t.out.ledger; l != nil {
		r.late = l.Deadline.Sub(l.Started) + time.Hour
	}
	if s.Refuses {
		r.points = slices.DeleteFunc(r.points, func(pt point) bool { return !slices.Contains(ancestors(t.out.ledger, failedTask(t.out.err)), pt.id) })
	}
	return r
}

// points are the activities of a run.
func points(out outcome) (points []point) {
	for _, id := range out.order {
		p := point{id: id, attempts: out.plans[id].attempts}
		if out.ledger != nil {
			if e := out.ledger.Entry(id); e != nil {
				p.task, p.undo, p.needs = true, e.Undo != "", ancestors(out.ledger, id)
			}
		}
		points = append(points, p)
	}
	return points
}

// ancestors are the tasks that had to succeed before a task, directly or not.
func ancestors(l *saga.Ledger, task string) (names []string) {
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

// reverted is the detail of the error of a reverted run, if it is one.
func reverted(err error) (detail saga.Reverted, ok bool) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != saga.ErrTypeReverted {
		return detail, false
	}
	return detail, app.Details(&detail) == nil
}

func failedTask(err error) string {
	detail, _ := reverted(err)
	return detail.Task
}

// refusals are the cases in a world that refuses the request: the flow fails by
// itself, and besides, something happens to a task that ran before.
func refusals(world string, points []point) []Case {
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
