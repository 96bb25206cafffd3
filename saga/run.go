package saga

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
	"novaflow/saga/internal/graph"
)

// Run executes a flow in the calling workflow and returns the value of result.
// It returns only when the run has committed, or when everything that was begun
// is gone again. The error is then
//
//   - a [temporal.CanceledError] if the workflow was cancelled,
//   - else a [temporal.ApplicationError] of type ErrTypeReverted, or of type
//     ErrTypeStopped if an operator ended the run where it was, with a [Reverted]
//     as its detail, or of type ErrTypeInvalidFlow.
//
// Call Run once per workflow: it answers the query [LedgerQuery], takes the
// verbs of people as updates and signals (see Verb), and sets the workflow's
// current details and search attributes.
func Run[T any](ctx workflow.Context, f *Flow, result Ref[T]) (T, error) {
	var none T
	engine.Customize(ctx, f.name(), f)
	if f.graph.Input == nil {
		f.refuseChildren()
	}
	if err := checkResult(f, result); err != nil {
		return none, temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
	}
	f.graph.Result = result.needs
	v, err := engine.Run(ctx, f.graph, func(v *graph.Values) (any, error) { return result.get(v) })
	if err != nil {
		return none, err
	}
	out, _ := v.(T)
	return out, nil
}

// RunID returns the id of the run that executes in ctx. It is the id of the first
// execution in the workflow's chain, which resets and continue-as-new keep.
func RunID(ctx workflow.Context) string { return engine.RunID(ctx) }
