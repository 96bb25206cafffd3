package sagatest

import (
	"math/rand/v2"
	"slices"
)

// Mishap is something that can happen to a task. "After its effect" means that
// the activity runs to its end and its answer is lost.
type Mishap string

// The mishaps. In a flow that reverts, "fails" is for good; in one that only
// goes forward it is once.
const (
	FailsBefore         Mishap = "fails before its effect"
	FailsAfter          Mishap = "fails after its effect"
	LosesAnswer         Mishap = "loses its answer once" // and is tried again, as after the death of a worker
	Repeated            Mishap = "runs twice"            // as after a late heartbeat
	CrashThenFails      Mishap = "loses its answer and then fails"
	CancelledBefore     Mishap = "cancelled before its effect" // the run is cancelled while the task runs
	CancelledAfter      Mishap = "cancelled after its effect"
	DeadlineBefore      Mishap = "deadline passes before its effect"
	DeadlineAfter       Mishap = "deadline passes after its effect"
	Paused              Mishap = "paused after its effect" // for a quarter of the deadline
	PausedThenCancelled Mishap = "paused after its effect, then cancelled"
	UndoRepeated        Mishap = "fails and every undo runs twice"
	UndoFails           Mishap = "fails and its undo fails three times" // before and after its effect
	UndoStuck           Mishap = "fails and its undo never works"       // until the run is STUCK
	// until the run is STUCK; for flows that only go forward
	NeverWorks Mishap = "never works"
)

// Mishaps are those of a task before which a run can go back.
var Mishaps = []Mishap{
	FailsBefore, FailsAfter, LosesAnswer, Repeated, CrashThenFails, CancelledBefore, CancelledAfter,
	DeadlineBefore, DeadlineAfter, Paused, PausedThenCancelled, UndoRepeated, UndoFails, UndoStuck,
}

// ForwardMishaps are those of a task from which a run only goes forward: in a
// flow declared with saga.ForwardOnly, or past the pivot.
var ForwardMishaps = []Mishap{
	FailsBefore, FailsAfter, LosesAnswer, Repeated, CrashThenFails, CancelledBefore, CancelledAfter,
	DeadlineBefore, DeadlineAfter, Paused, PausedThenCancelled, NeverWorks,
}

// ofUndo says that the mishap is about the undo of the task, so that a task
// without undo cannot have it.
func (m Mishap) ofUndo() bool { return m == UndoFails || m == UndoStuck }

// Fault is a mishap at a point.
type Fault struct {
	Point  string // id of the activity: the path of the task
	Mishap Mishap
}

// Case is one run of the matrix.
type Case struct {
	World  string
	Faults []Fault // one, or two; none is the undisturbed run in a world that refuses
}

// Name returns the path of the case among the subtests.
func (c Case) Name() string {
	name := c.World
	for i, f := range c.Faults {
		if i > 0 {
			name += " and"
		}
		if i > 0 {
			name += " " + f.Point + " " + string(f.Mishap)
			continue
		}
		name += "/" + f.Point + "/" + string(f.Mishap)
	}
	return name
}

// first returns the fault that decides how the run ends.
func (c Case) first() Fault {
	if len(c.Faults) == 0 {
		return Fault{}
	}
	return c.Faults[0]
}

// point is an activity of the undisturbed run.
type point struct {
	id       string
	task     bool // of the flow, rather than a look before it
	undo     bool // it has one
	forward  bool // whatever happens there, the run goes forward
	unsure   bool // whether it does depends on what ran beside it
	attempts int  // most attempts
	last     bool // no task needs it
	pivot    bool
	needs    []string
}

// listCases returns every point with every mishap that it can have.
func listCases(world string, points []point, wanted []Mishap) (cases []Case) {
	for _, p := range points {
		mishaps := Mishaps
		if p.forward {
			mishaps = ForwardMishaps
		}
		for _, m := range mishaps {
			switch {
			case wanted != nil && !slices.Contains(wanted, m):
			case m.ofUndo() && !p.undo, m == UndoRepeated && !p.task, m == UndoStuck && p.unsure:
			case m == NeverWorks && !p.task:
			default:
				cases = append(cases, Case{World: world, Faults: []Fault{{p.id, m}}})
			}
		}
	}
	return cases
}

// samplePairs returns a random sample of n cases with two faults: a task fails, and one
// that ran before it has another mishap, on its way forward or back.
func samplePairs(world string, points []point, n int, random *rand.Rand) (cases []Case) {
	var all []Case
	for _, p := range points {
		for _, before := range points {
			if !slices.Contains(p.needs, before.id) || p.forward || p.unsure {
				continue
			}
			for _, last := range []Mishap{FailsBefore, FailsAfter, CrashThenFails, CancelledAfter} {
				for _, other := range []Mishap{LosesAnswer, Repeated, UndoFails} {
					if other.ofUndo() && !before.undo {
						continue
					}
					all = append(all, Case{World: world, Faults: []Fault{{p.id, last}, {before.id, other}}})
				}
			}
		}
	}
	return sampleCases(all, n, random)
}

// sampleCases takes n cases, spread over the points, in their order.
func sampleCases(cases []Case, n int, random *rand.Rand) []Case {
	if n >= len(cases) {
		return cases
	}
	byPoint := map[string][]int{}
	var points []string
	for _, i := range random.Perm(len(cases)) {
		p := cases[i].first().Point
		if byPoint[p] == nil {
			points = append(points, p)
		}
		byPoint[p] = append(byPoint[p], i)
	}
	var taken []int
	for round := 0; len(taken) < n; round++ {
		for _, p := range points {
			if round < len(byPoint[p]) && len(taken) < n {
				taken = append(taken, byPoint[p][round])
			}
		}
	}
	slices.Sort(taken)
	out := make([]Case, 0, n)
	for _, i := range taken {
		out = append(out, cases[i])
	}
	return out
}
