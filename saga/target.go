package saga

import (
	"encoding/json"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
)

// Only leaves out of the run every task that the given ones do not need: a
// targeted run. What is left out is SKIPPED.
func Only(f *Flow, wanted ...Dependency) {
	keep := map[int]bool{}
	for _, w := range wanted {
		from, needs := w.order()
		if from != f {
			f.problem("Only names a task of another flow")
			return
		}
		for _, n := range needs {
			keepNeeded(f.graph, n.Task, keep)
		}
	}
	for i, t := range f.graph.Tasks {
		t.Excluded = !keep[i]
	}
}

// RunOnly does what [Definition.Run] does, for the named tasks and what they need: a
// targeted run. It has no result, because what the flow's result is computed from may be
// missing.
func (d *Definition[In, Out]) RunOnly(ctx workflow.Context, in In, tasks ...string) error {
	f, _, err := d.make(in)
	if err == nil {
		f.only(tasks)
		f.graph.Input, err = json.Marshal(in)
	}
	if err != nil {
		return temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
	}
	_, err = Run(ctx, f, Value(struct{}{}))
	return err
}

// only does what Only does, by the paths of the tasks.
func (f *Flow) only(paths []string) {
	var wanted []Dependency
	for _, path := range paths {
		i := slices.IndexFunc(f.graph.Tasks, func(t *graph.Task) bool { return t.Path == path })
		if i < 0 {
			f.problem("RunOnly: there is no task %q", path)
			continue
		}
		wanted = append(wanted, taskResult[struct{}](f, i))
	}
	Only(f, wanted...)
}

// keepNeeded collects a task and all it needs.
func keepNeeded(f *graph.Flow, i int, keep map[int]bool) {
	if keep[i] {
		return
	}
	keep[i] = true
	for _, n := range f.Tasks[i].AllNeeds() {
		keepNeeded(f, n.Task, keep)
	}
}
