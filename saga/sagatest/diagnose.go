package sagatest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// judgeNever reports activities that failed again and again by themselves.
func (t *trial) judgeNever() {
	for _, s := range t.out.never {
		bug := NeverSucceeds
		switch {
		case !s.undo:
		case !t.worked(s.undoes[0], false), t.worked(s.undoes[0], true):
			bug = UndoNotRepeatable
		case !s.result:
			bug = UndoNeedsResult
		default:
			bug = UndoNeverWorks
		}
		t.problem(bug, "%s was tried %d times and more, the last time it %s", s.id, hopeless, s.outcome)
	}
}

// about reports whether the step is a task's, or undoes it.
func (s *step) about(task string) bool { return s.point() == task || slices.Contains(s.undoes, task) }

// worked reports whether a task, or its undo, ran to its end at least once.
func (t *trial) worked(task string, undo bool) bool {
	return slices.ContainsFunc(t.out.steps, func(s *step) bool { return s.undo == undo && s.about(task) && s.worked() })
}

// whyOtherwise names the bug behind a run that did not end as it must.
func (t *trial) whyOtherwise(want ending) Bug {
	switch {
	case want == commits && t.failsAgain(t.c.first().Point):
		return NotRepeatable
	case want == declines && t.out.err == nil && len(t.silent()) > 0:
		return EmptySuccess
	}
	return WrongOutcome
}

// failsAgain reports whether a task failed by itself after it had worked.
func (t *trial) failsAgain(task string) bool {
	worked := false
	for _, s := range t.out.steps {
		for _, e := range s.bodies {
			if s.point() != task || s.undo {
				continue
			}
			if worked && e.err != nil {
				return true
			}
			worked = worked || e.err == nil
		}
	}
	return false
}

// judgeResidue finds out why the world is not as before. A resource that is left may only
// be slow to go: an undo that does not wait for its end is a bug of its own.
func (t *trial) judgeResidue(r Residue) {
	switch {
	case !t.tracing && t.goesByItself():
		t.problem(UndoTooEarly, "when the run had ended this was still there, and went later:%s", t.render(r))
		return
	case !t.tracing:
		t.problem(WrongWorld, "residue:%s", t.render(r))
		return
	}
	for _, res := range r.Extra {
		bug, who := t.whoLeft(res)
		t.problem(bug, "%s left %s", who, res)
	}
	for _, res := range r.Missing {
		bug, who := t.remover(res)
		t.problem(bug, "%s removed %s", who, res)
	}
	for _, res := range r.Changed {
		t.problem(WrongWorld, "changed: %s", res)
	}
}

const (
	secondLook = 300 * time.Millisecond // for how long residue is given a chance to go by itself
	lookEvery  = 25 * time.Millisecond
)

func (t *trial) goesByItself() bool {
	for end := time.Now().Add(secondLook); time.Now().Before(end); time.Sleep(lookEvery) {
		if compareResources(t.before, t.world.Inventory()).Empty() {
			return true
		}
	}
	return false
}

// remover says which bug removed a resource, and which task or undo has the bug.
func (t *trial) remover(res Resource) (bug Bug, who string) {
	bug, who = WrongWorld, nobodyKnown
	for _, s := range t.out.steps {
		for _, e := range s.bodies {
			if !containsResource(e.changes.Missing, res) {
				continue
			}
			bug, who = TaskTakesOthers, "the task "+s.point()
			if s.undo {
				bug, who = UndoTakesOthers, "the undo of "+strings.Join(s.undoes, ", ")
			}
		}
	}
	return bug, who
}

const nobodyKnown = "no activity of the run"

// whoLeft says which bug left a resource, and which task has the bug.
func (t *trial) whoLeft(res Resource) (Bug, string) {
	maker, body := t.maker(res)
	if maker == nil {
		return OutsideActivity, "something"
	}
	who := fmt.Sprintf("task %s (attempt %d)", maker.point(), maker.attempt)
	if maker.task == "" {
		return ReadHasEffect, who
	}
	if e := t.out.ledger.Entry(maker.task); e == nil || e.Undo == "" {
		return EffectHasNoUndo, who
	}
	if res.Mark != "" && !res.carries(maker.mark) {
		return IdentityNotMark, who
	}
	return t.whyNotUndone(maker, body), who
}

// whyNotUndone names the bug of an undo that left what its task created in a body.
func (t *trial) whyNotUndone(maker *step, body effect) Bug {
	ran, removed, known := false, false, false
	for _, s := range t.out.steps {
		if !s.undo || !s.about(maker.task) || !s.worked() {
			continue
		}
		ran, known = true, known || s.result
		for _, e := range s.bodies {
			for _, gone := range e.changes.Missing {
				if containsResource(body.changes.Extra, gone) {
					return TwoEffects
				}
				if m, _ := t.maker(gone); m != nil && m.task == maker.task {
					removed = true
				}
			}
		}
	}
	switch {
	case !ran:
		return UndoNotRun
	case removed:
		return MadeTwice
	case !known && t.undoWorks(maker.task):
		return UndoNeedsResult
	}
	return UndoDoesNothing
}

// maker returns the step that created a resource, and when it did.
func (t *trial) maker(res Resource) (*step, effect) {
	for _, s := range t.out.steps {
		for _, e := range s.bodies {
			if containsResource(e.changes.Extra, res) {
				return s, e
			}
		}
	}
	return nil, effect{}
}

func containsResource(resources []Resource, res Resource) bool {
	return slices.ContainsFunc(resources, func(t Resource) bool { return t.key() == res.key() })
}

// judgeShape finds out why a committed run created other resources than usual.
func (t *trial) judgeShape(want map[string]int, r Residue) {
	made := countByKind(r)
	if t.tracing {
		for _, s := range t.out.steps {
			for _, res := range t.twins(s) {
				bug := MadeTwice
				if res.Mark != "" && !res.carries(s.mark) {
					bug = IdentityNotMark
				}
				t.problem(bug, "task %s (attempt %d) created %s, and had created one before", s.point(), s.attempt, res)
			}
		}
		for _, task := range t.silent() {
			t.problem(EmptySuccess, "task %s", task)
		}
		for _, res := range r.Missing {
			if bug, who := t.remover(res); who != nobodyKnown && made[res.Kind] < want[res.Kind] {
				t.problem(bug, "%s removed %s", who, res)
			}
		}
	}
	if len(t.problems) == 0 {
		t.problem(WrongWorld, "by kind, the run must create %v and created %v", want, made)
	}
}

// twins returns the resources that a step created though its task had created one of
// their kind before.
func (t *trial) twins(s *step) (twins []Resource) {
	for _, earlier := range t.out.steps {
		if earlier.point() != s.point() || s.undo || earlier.undo {
			continue
		}
		for n, e := range s.bodies {
			for m, before := range earlier.bodies {
				if earlier.attempt > s.attempt || earlier == s && m >= n {
					continue
				}
				for _, res := range e.changes.Extra {
					if slices.ContainsFunc(before.changes.Extra,
						func(old Resource) bool { return old.Kind == res.Kind }) {
						twins = append(twins, res)
					}
				}
			}
		}
	}
	return twins
}

// silent returns the tasks that succeeded without creating what they otherwise create.
func (t *trial) silent() (tasks []string) {
	first := t.record[t.starts[0].Name]
	if !t.tracing || first == nil {
		return nil
	}
	for _, pt := range first.points {
		if t.worked(pt.id, false) && t.makes(pt.id) == 0 && t.traced().makes(pt.id) > 0 {
			tasks = append(tasks, pt.id)
		}
	}
	return tasks
}

// makes returns the number of resources that a task created.
func (t *trial) makes(task string) (n int) {
	for _, s := range t.out.steps {
		for _, e := range s.bodies {
			if s.task == task && !s.undo {
				n += len(e.changes.Extra)
			}
		}
	}
	return n
}

// undoWorks reports whether the undo of a task, given the result, was seen to
// remove what the task had created.
func (t *trial) undoWorks(task string) bool {
	return slices.ContainsFunc(t.traced().out.steps, func(s *step) bool {
		return s.undo && s.about(task) && s.result &&
			slices.ContainsFunc(s.bodies, func(e effect) bool { return len(e.changes.Missing) > 0 })
	})
}

// runCancelled traces a run in the first world that is cancelled at its end, so that most
// undos have the result of their task.
func (p *prover) runCancelled(b suite) *trial {
	s := p.starts[0]
	points := p.record[s.Name].points
	t := &trial{prover: p, b: b, c: Case{s.Name, []Fault{{points[len(points)-1].id, CancelledAfter}}}, start: s,
		tracing: true}
	t.world = s.Open(b)
	t.before = t.world.Inventory()
	t.out = t.run(t.c, p.Workflow, p.Input)
	return t
}

// render lists a residue, a resource a line.
func (t *trial) render(r Residue) string {
	var b strings.Builder
	for _, part := range []struct {
		sign      string
		resources []Resource
	}{{"+", r.Extra}, {"-", r.Missing}, {"~", r.Changed}} {
		for _, res := range part.resources {
			fmt.Fprintf(&b, "\n      %s %s", part.sign, res)
		}
	}
	return b.String()
}
