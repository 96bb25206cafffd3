package sagatest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
)

// trial is one case, run and judged.
type trial struct {
	*prover
	b        suite
	c        Case
	start    Start
	world    World
	before   []Resource
	after    []Resource
	out      outcome
	runs     int
	tracing  bool
	problems []problem
}

// try runs a case in a fresh world and judges it.
func (p *prover) try(b suite, c Case, tracing bool) *trial {
	t := &trial{prover: p, b: b, c: c, start: p.start(c.World), tracing: tracing}
	t.world = t.start.Open(b)
	t.before = t.world.Inventory()
	t.out = t.run(c, p.Workflow, p.Input)
	t.after = t.world.Inventory()
	t.judge()
	return t
}

// run executes a workflow on the trial's world, with the faults of a case.
func (t *trial) run(c Case, workflow, input any) outcome {
	t.runs++
	t.prover.runs.Add(1)
	deadline := saga.DefaultDeadline
	if r := t.record[c.World]; r != nil {
		deadline = r.deadline
	}
	i := newInjector(fmt.Sprintf("run-%d", t.runs), c, t.ForwardOnly, deadline)
	for _, f := range i.faults {
		p := t.pointOf(f.Point)
		f.forward = p.forward || p.unsure
	}
	if t.start.Refuses {
		for _, f := range i.faults {
			f.second = true
		}
	}
	if t.tracing {
		i.trace = t.world.Inventory
	}
	return executeFlow(t.world, i, t.Idle, workflow, input)
}

func (t *trial) problem(bug Bug, format string, args ...any) {
	t.problems = append(t.problems, problem{bug, fmt.Sprintf(format, args...)})
}

// judge compares what happened with what must happen.
func (t *trial) judge() {
	if t.out.hung != "" {
		t.problem(Hung, "%s", firstLine(t.out.hung))
		return
	}
	t.judgeNever()
	t.judgeFaults()
	want := t.ending()
	t.judgeEnding(want)
	t.judgeStuck()
	if len(t.problems) > 0 && t.out.never != nil {
		return // what is left is what the hopeless activity left
	}
	t.judgeWorld(want)
}

// judgeFaults fails a case in which no mishap was injected.
func (t *trial) judgeFaults() {
	for _, f := range t.out.faults {
		if f.hits == 0 {
			t.problem(NotExercised, "%s never had the mishap: %s", f.Point, f.Mishap)
		}
	}
}

// ending is a way for a run to end.
type ending string

const (
	commits  ending = "commits"
	reverts  ending = "reverts because the task failed"
	expires  ending = "reverts because the deadline passed"
	cancels  ending = "reverts and ends cancelled"
	stops    ending = "stops and ends cancelled" // where it is: it only goes forward
	fails    ending = "fails before its flow begins"
	quits    ending = "ends cancelled before its flow begins"
	declines ending = "reverts because the world refuses"
	settles  ending = "commits, reverts or stops" // a pivot runs beside the task
)

// ending says how the case must end.
func (t *trial) ending() ending {
	f := t.c.first()
	p := t.pointOf(f.Point)
	switch {
	case t.start.Refuses:
		return declines
	case f.Mishap == "", f.Mishap == Repeated, f.Mishap == NeverWorks, f.Mishap == Paused, f.Mishap == LosesAnswer &&
		p.attempts != 1:
		return commits
	case p.unsure, f.Mishap == PausedThenCancelled && (p.last || p.pivot): // what is done cannot be paused
		return settles
	case !p.task:
		return p.look(f.Mishap)
	case f.Mishap == CancelledBefore, f.Mishap == CancelledAfter, f.Mishap == PausedThenCancelled:
		if p.forward {
			return stops
		}
		return cancels
	case p.forward:
		return commits
	case (f.Mishap == DeadlineBefore || f.Mishap == DeadlineAfter) && p.attempts != 1:
		return expires
	}
	return reverts
}

// look says how a run must end that had a mishap before its flow began. Then there is no
// deadline yet, and a pause takes effect when the flow begins.
func (p point) look(m Mishap) ending {
	switch m {
	case CancelledBefore, CancelledAfter:
		return quits
	case PausedThenCancelled:
		return settles
	case DeadlineBefore, DeadlineAfter:
		if p.attempts != 1 {
			return commits
		}
	}
	return fails
}

func (t *trial) pointOf(id string) point {
	if r := t.record[t.c.World]; r != nil {
		for _, p := range r.points {
			if p.id == id {
				return p
			}
		}
	}
	return point{}
}

// isLook reports whether a point is a look before the flow. A pause holds none.
func (t *trial) isLook(id string) bool {
	p := t.pointOf(id)
	return p.id != "" && !p.task
}

// judgeEnding compares how the run ended with how it must.
func (t *trial) judgeEnding(want ending) {
	state := t.state()
	detail, wasReverted := revertedDetail(t.out.err)
	wasCancelled := temporal.IsCanceledError(t.out.err)
	at := t.c.first().Point
	ok, here := true, true
	switch want {
	case commits:
		ok = t.out.err == nil && state == saga.RunCommitted
	case reverts:
		ok = wasReverted && state == saga.RunReverted
		here = detail.Task == at && detail.Cause == injected
	case expires:
		ok = wasReverted && state == saga.RunReverted
		here = detail.Task == ""
	case declines:
		ok = wasReverted && state == saga.RunReverted
	case cancels:
		ok = wasCancelled && state == saga.RunReverted
	case stops:
		ok = wasCancelled && state == saga.RunStopped
	case fails:
		ok = t.out.err != nil && !wasCancelled && strings.Contains(t.out.err.Error(), injected)
	case quits:
		ok = wasCancelled
	case settles:
		ok = t.out.err == nil || wasReverted || wasCancelled
	}
	if !ok {
		t.problem(t.whyOtherwise(want), "it must end so: it %s. It is %q with the error: %v", want, state, t.out.err)
	} else if !here {
		t.problem(WrongPoint, "it must fail at %q, for the reason %q, and failed at %q for the reason %q", at, injected,
			detail.Task, detail.Cause)
	}
}

// state returns the last state of the run, or "" if the workflow had none.
func (t *trial) state() saga.RunState {
	if t.out.ledger == nil {
		return ""
	}
	return t.out.ledger.State
}

// judgeStuck compares the ledger of the STUCK run with what it must be: the one
// task cannot be undone, what it needs waits for it, all else is undone.
func (t *trial) judgeStuck() {
	f, l := t.c.first(), t.out.stuck
	if restless := slices.DeleteFunc(slices.Clone(t.out.restless), t.isLook); len(restless) > 0 {
		t.problem(WrongOutcome, "activities were scheduled while the run was paused: %v", restless)
	}
	if !t.out.watching || !t.pointOf(f.Point).task {
		return
	}
	if l == nil || l.State != saga.RunStuck {
		t.problem(WrongStuck, "it never was STUCK")
		return
	}
	if f.Mishap != UndoStuck {
		return
	}
	stuck, waiting := t.stuckWith(f.Point), []string{}
	for _, task := range stuck {
		waiting = append(waiting, findAncestors(l, task)...)
	}
	var wrong []string
	scope, _, inScope := strings.Cut(f.Point, "/")
	for _, e := range l.Tasks {
		if inScope && !strings.HasPrefix(e.Task, scope+"/") && e.Undoing.IsZero() {
			continue // only the scope is undone, to be tried again
		}
		if !rightWhileStuck(e, stuck, waiting) {
			wrong = append(wrong, fmt.Sprintf("%s=%s", e.Task, e.State))
		}
	}
	if len(wrong) > 0 {
		t.problem(WrongStuck, "while the undo of %q did not work and %q had to wait for it, these were in a wrong "+
			"state: %q", stuck, waiting, wrong)
	}
}

// stuckWith returns the tasks whose undo is the one of a task: itself, or its scope.
func (t *trial) stuckWith(task string) []string {
	for _, s := range t.out.steps {
		if slices.Contains(s.undoes, task) {
			return s.undoes
		}
	}
	return []string{task}
}

// rightWhileStuck says whether a task is where it must be while an undo never
// works.
func rightWhileStuck(e saga.Entry, stuck, waiting []string) bool {
	switch {
	case slices.Contains(stuck, e.Task):
		return e.State == saga.TaskRevertFailure || e.State == saga.TaskReverting
	case e.Undo == "" || e.Started.IsZero():
		return e.Undoing.IsZero()
	case slices.Contains(waiting, e.Task):
		return e.State == saga.TaskSuccess && e.Undoing.IsZero()
	}
	return e.State == saga.TaskReverted
}

// judgeWorld compares what exists with what must, and uses the world again.
func (t *trial) judgeWorld(want ending) {
	switch state := t.state(); {
	case want == commits, want == settles && state == saga.RunCommitted:
		t.judgeCommitted(t.out, t.after)
	case want == stops, want == settles && state == saga.RunStopped:
		if t.ForwardOnly { // what a flow with a pivot has created stays, and is no hindrance
			t.useAgain()
		}
	default:
		t.judgeReverted()
	}
}

// judgeReverted checks that the world is as before, and can be used again.
func (t *trial) judgeReverted() {
	if r := compareResources(t.before, t.after); !r.Empty() {
		t.judgeResidue(r)
		return
	}
	if _, heals := t.world.(Healer); heals || !t.start.Refuses {
		t.useAgain()
	}
}

// judgeCommitted checks what a committed run created, and that it can go again.
func (t *trial) judgeCommitted(out outcome, after []Resource) {
	if out.err != nil || !t.judgeMade(after) {
		return
	}
	if t.Check != nil {
		if err := t.Check(t.world, out.result); err != nil {
			t.problem(WrongWorld, "%v", err)
		}
	}
	if t.Inverse == nil {
		return
	}
	workflow, input := t.Inverse(out.result)
	if back := t.run(Case{World: t.c.World}, workflow, input); back.err != nil || back.hung != "" {
		t.problem(NotUsable, "what the run created cannot be deleted: %v%s", back.err, firstLine(back.hung))
	} else if r := compareResources(t.before, t.world.Inventory()); !r.Empty() {
		t.problem(WrongWorld, "after what the run created was deleted, this differed from before:%s", t.render(r))
	}
}

// judgeMade checks that the run created the same as the undisturbed run.
func (t *trial) judgeMade(after []Resource) bool {
	r := t.record[t.starts[0].Name]
	if r == nil {
		return true // this is the undisturbed run
	}
	made := compareResources(t.before, after)
	if !maps.Equal(countByKind(made), r.shape) {
		t.judgeShape(r.shape, made)
		return false
	}
	return true
}

// useAgain sends the same request in the same world, without any mishap.
func (t *trial) useAgain() {
	if h, ok := t.world.(Healer); ok {
		h.Heal()
	}
	again := t.run(Case{World: t.c.World}, t.Workflow, t.Input)
	switch after := t.world.Inventory(); {
	case again.err == nil && again.hung == "":
		t.judgeCommitted(again, after)
	case again.hung == "" && t.state() == saga.RunStopped && t.NothingLeft != nil && t.NothingLeft(again.err):
		t.judgeMade(after)
	default:
		t.problem(NotUsable, "%v%s", again.err, firstLine(again.hung))
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
