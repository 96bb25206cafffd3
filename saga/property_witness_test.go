package saga_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"novaflow/saga"
)

// pastPivot is what a random run does when its point of no return has succeeded.
const pastPivot = "past the pivot"

// witness hears what a random run, with all its child workflows, tells.
type witness struct {
	shape
	*world
	hearing sync.Mutex
	running map[string]map[int]bool // steps, by workflow
	crowded []string                // places in which too much ran at once
	ended   map[string]bool         // workflows
	after   []string                // what happened in them later
}

func (w *witness) hear(e saga.Event) {
	w.hearing.Lock()
	defer w.hearing.Unlock()
	w.hearEnd(e)
	i, isTask := w.stepIn(e)
	if !isTask {
		return
	}
	w.note(i, e)
	if e.Flow != random.Name() {
		return
	}
	if i > 0 && i == w.Pivot && e.To == string(saga.TaskSuccess) {
		w.change(pastPivot, func() {})
	}
	if w.running[e.Workflow] == nil {
		w.running[e.Workflow] = map[int]bool{}
	}
	w.running[e.Workflow][i] = e.To == string(saga.TaskRunning)
	w.measure(w.placeOf(e.Workflow), w.running[e.Workflow])
}

var ends = []saga.RunState{saga.RunCommitted, saga.RunReverted, saga.RunStopped}

// hearEnd keeps what happens in a workflow that has ended, unless it is begun again.
func (w *witness) hearEnd(e saga.Event) {
	of, whole := e.Workflow, e.Task == ""
	if w.ended[of] = w.ended[of] && e.From != string(saga.RunPending); w.ended[of] {
		w.after = append(w.after, e.Task+" "+e.To)
	}
	w.ended[of] = w.ended[of] || whole && slices.Contains(ends, saga.RunState(e.To))
}

// stepIn is the step that a transition is of.
func (w *witness) stepIn(e saga.Event) (i int, is bool) {
	if e.Task == "" || e.To == string(saga.VerbSkip) {
		return 0, false
	}
	return stepOf(e.Task), true
}

// note keeps what people decide about a step, until it begins anew.
func (w *witness) note(i int, e saga.Event) {
	told := func(what string) { w.change(what+" "+taskName(i), func() {}) }
	switch saga.TaskState(e.To) {
	case saga.TaskAbandoned:
		told("leave")
	case saga.TaskPending:
		told("begin anew")
	case saga.TaskSkipped:
		if e.Text == byHand {
			told("replace")
		} else {
			told("pass over")
		}
	}
}

// stepOf is the step that a path or an event ends with.
func stepOf(text string) int {
	i, err := strconv.Atoi(text[strings.LastIndex(text, "t")+1:])
	if err != nil {
		panic(err)
	}
	return i
}

// placeOf is the place that a workflow runs: a child is called WORKFLOW/PATH#ATTEMPT.
func (s *shape) placeOf(workflow string) int {
	parts := strings.Split(workflow, "#")
	if len(parts) == 1 {
		return 0
	}
	_, path, _ := strings.Cut(parts[len(parts)-2], "/")
	return s.placeAt(path)
}

func (s *shape) placeAt(path string) int {
	for p := range s.Places {
		if s.path(p) == path {
			return p
		}
	}
	return 0
}

// measure looks for places that are wider than they may be.
func (w *witness) measure(own int, running map[int]bool) {
	units := make([]map[int]bool, len(w.Places)) // under way in each place
	for i, runs := range running {
		if !runs {
			continue
		}
		unit, counted := i, []int{}
		for _, p := range w.around(i) {
			if w.inside(p, own) {
				counted = append(counted, p)
				if p != own && w.Places[p].Child { // counts as one, and counts in itself
					unit, counted = len(w.Steps)+p, nil
				}
			}
		}
		for _, p := range counted {
			if units[p] == nil {
				units[p] = map[int]bool{}
			}
			units[p][unit] = true
		}
	}
	for p, under := range units {
		if most := w.Places[p].Width; most > 0 && len(under) > most {
			w.crowded = append(w.crowded, w.path(p))
		}
	}
}
