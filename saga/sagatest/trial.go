package sagatest

import (
	"fmt"
	"maps"
	"strings"
	"time"

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
	before   []Thing
	after    []Thing
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
	late := 24 * time.Hour
	if r := t.record[c.World]; r != nil {
		late = r.late
	}
	i := newInjector(fmt.Sprintf("run-%d", t.runs), c, t.ForwardOnly, late)
	if t.start.Refuses {
		for _, f := range i.faults {
			f.second = true
		}
	}
	if t.tracing {
		i.trace = t.world.Inventory
	}
	return execute(t.world, i, t.Idle, workflow, input)
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

// judgeFaults fails a case in which nothing was made to happen.
func (t *trial) judgeFaults() {
	for _, f := range t.out.faults {
		if f.hits == 0 {
			t.problem(NotExercised, "%s never was made to be: %s", f.Point, f.Mishap)
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
)

// ending is how the case must end.
func (t *trial) ending() ending {
	if t.start.Refuses {
		return declines
	}
	f := t.c.first()
	p := t.pointOf(f.Point)
	gone := reverts
	switch {
	case !p.task:
		gone = fails
	case t.ForwardOnly:
		gone = commits
	}
	switch f.Mishap {
	case "", Repeated, NeverWorks:
		return commits
	case LosesAnswer:
		if p.attempts != 1 {
			return commits
		}
	case CancelledBefore, CancelledAfter:
		return map[ending]ending{reverts: cancels, commits: stops, fails: quits}[gone]
	case DeadlineBefore, DeadlineAfter:
		switch {
		case p.attempts == 1:
		case gone == reverts:
			return expires
		default:
			return commits
		}
	}
	return gone
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

// judgeEnding compares how the run ended with how it must.
func (t *trial) judgeEnding(want ending) {
	state := saga.RunState("")
	if t.out.ledger != nil {
		state = t.out.ledger.State
	}
	detail, wasReverted := reverted(t.out.err)
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
	}
	if !ok {
		t.problem(t.whyOtherwise(want), "it must end so: it %s. It is %q with the error: %v", want, state, t.out.err)
	} else if !here {
		t.problem(WrongPoint, "it must fail at %q, for the reason %q, and failed at %q for the reason %q", at, injected, detail.Task, detail.Cause)
	}
}

// judgeStuck compares the ledger of the STUCK run with what it must be: the one
// task cannot be undone, what it needs waits for it, all else is undone.
func (t *trial) judgeStuck() {
	f, l := t.c.first(), t.out.stuck
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
	waiting := ancestors(l, f.Point)
	var wrong []string
	for _, e := range l.Tasks {
		if !stuckState(e, f.Point, waiting) {
			wrong = append(wrong, fmt.Sprintf("%s=%s", e.Task, e.State))
		}
	}
	if len(wrong) > 0 {
		t.problem(WrongStuck, "while the undo of %s did not work and %q had to wait for it, these were in a wrong state: %q", f.Point, waiting, wrong)
	}
}

// stuckState says whether a task is where it must be while the undo of one task
// never works.
func stuckState(e saga.Entry, stuck string, waiting []string) bool {
	switch {
	case e.Task == stuck:
		return e.State == saga.TaskRevertFailure || e.State == saga.TaskReverting
	case e.Undo == "" || e.Started.IsZero():
		return e.Undoing.IsZero()
	}
	for _, w := range waiting {
		if e.Task == w {
			return e.State == saga.TaskSuccess && e.Undoing.IsZero()
		}
	}
	return e.State == saga.TaskReverted
}

// judgeWorld compares what exists with what must, and uses the world again.
func (t *trial) judgeWorld(want ending) {
	switch want {
	case commits:
		t.judgeCommitted(t.out, t.after)
	case stops:
		t.useAgain()
	default:
		if r := compare(t.before, t.after); !r.Empty() {
			t.judgeResidue(r)
			return
		}
		if h, ok := t.world.(Healer); ok && t.start.Refuses {
			h.Heal()
		} else if t.start.Refuses {
			return
		}
		t.useAgain()
	}
}

// judgeCommitted checks what a committed run made, and that it can go again.
func (t *trial) judgeCommitted(out outcome, after []Thing) {
	if out.err != nil {
		return
	}
	if r := t.record[t.starts[0].Name]; r != nil {
		if made := shape(compare(t.before, after)); !maps.Equal(made, r.shape) {
			t.judgeShape(r.shape, made)
			return
		}
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
		t.problem(NotUsable, "what the run made cannot be taken away: %v%s", back.err, firstLine(back.hung))
	} else if r := compare(t.before, t.world.Inventory()); !r.Empty() {
		t.problem(WrongWorld, "when what the run made was taken away, this differed from before:%s", t.render(r))
	}
}

// useAgain makes the same request in the same world, without any mishap.
func (t *trial) useAgain() {
	again := t.run(Case{World: t.c.World}, t.Workflow, t.Input)
	if again.err != nil || again.hung != "" {
		t.problem(NotUsable, "%v%s", again.err, firstLine(again.hung))
		return
	}
	t.judgeCommitted(again, t.world.Inventory())
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
