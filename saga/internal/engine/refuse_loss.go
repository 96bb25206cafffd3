package engine

import (
	"fmt"
	"slices"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// refusesLoss refuses to pass over a task without a result where that is used outside of
// this workflow, or for the flow's own.
func (r *run) refusesLoss(q ledger.Request) error {
	i := r.find(q.Task)
	if q.Verb != ledger.VerbSkip || len(q.Result) > 0 || i < 0 || !r.waits(i) || r.childOf(i) != nil {
		return nil
	}
	used := func(needs []graph.Need) bool {
		return slices.Contains(needs, graph.Need{Task: r.tasks[i].Slot, Result: true})
	}
	whole := r.flow.All()
	for _, t := range whole.Tasks {
		if !t.Swapped && used(t.AllNeeds()) {
			return fmt.Errorf("task %s uses the result of %s: give one", t.Path, q.Task)
		}
	}
	if used(whole.Result) {
		return fmt.Errorf("the flow's result needs the result of %s: give one", q.Task)
	}
	return nil
}
