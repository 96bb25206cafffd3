package saga

import (
	"fmt"
	"math"
	"time"

	"novaflow/saga/internal/graph"
)

// maxID is the size of the engine's ids and names, in bytes.
const maxID = 1000

// maxPath is the size of a task's path, in bytes. It leaves room for what the id of an
// activity has beside it: "undo ", the attempt, and how often it was cut short.
const maxPath = maxID - 40

// findImpossible reports what the engine would refuse again and again, when the run has
// effects already.
func findImpossible(t *graph.Task) (problems []error) {
	if t.Swapped {
		return nil
	}
	if len(t.Path) > maxPath {
		problems = append(problems, fmt.Errorf("task %s: the path has %d bytes, and the engine's ids take %d: "+
			"give shorter names, or fewer scopes around it", t.Path, len(t.Path), maxPath))
	}
	for _, p := range listOptionProblems(t.DoOptions) {
		problems = append(problems, fmt.Errorf("task %s: options: %s", t.Path, p))
	}
	for _, p := range listOptionProblems(t.UndoOptions) {
		problems = append(problems, fmt.Errorf("task %s: options of the undo: %s", t.Path, p))
	}
	return problems
}

// checkOptions records what is wrong with the options of an activity that belongs to a
// scope or to the flow as a whole.
func (f *Flow) checkOptions(what string, o Options) {
	for _, p := range listOptionProblems(o) {
		f.problem("%s: options of %s: %s", f.scope.Label(), what, p)
	}
}

// listOptionProblems says what the engine would refuse about options.
func listOptionProblems(o Options) (problems []string) {
	for _, d := range []struct {
		name string
		time time.Duration
	}{
		{"Timeout", o.Timeout}, {"HeartbeatTimeout", o.HeartbeatTimeout}, {"InitialInterval", o.InitialInterval},
		{"MaximumInterval", o.MaximumInterval},
	} {
		if d.time < 0 {
			problems = append(problems,
				fmt.Sprintf("%s is %s: give a positive time, or 0 for the default", d.name, d.time))
		}
	}
	if o.MaximumAttempts < 0 || o.MaximumAttempts > math.MaxInt32 {
		problems = append(problems, fmt.Sprintf("MaximumAttempts is %d: give 1 to %d, or 0 for no bound",
			o.MaximumAttempts, math.MaxInt32))
	}
	if len(o.TaskQueue) > maxID {
		problems = append(problems, fmt.Sprintf("TaskQueue has %d bytes: the engine takes %d", len(o.TaskQueue), maxID))
	}
	return problems
}
