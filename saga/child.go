package saga

import (
	"errors"
	"runtime"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
)

// registerScopes registers the workflow that runs scopes of a definition.
func registerScopes[In, Out any](r worker.WorkflowRegistry, d *Definition[In, Out]) {
	run := func(ctx workflow.Context, c engine.ScopeInput) ([]Entry, error) {
		f, err := d.makeFor(ctx, c.Input)
		if err != nil {
			return nil, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
		}
		defer runtime.KeepAlive(f) // so that the next child finds it, see lastBuilt
		return engine.RunScope(ctx, f.graph, errors.Join(f.problems...), c)
	}
	r.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: engine.ScopeWorkflow(d.name)})
}
