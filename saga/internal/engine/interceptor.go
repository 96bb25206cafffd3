package engine

import (
	"slices"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// IsCustomized reports whether the worker changes the flows of a name.
func IsCustomized(ctx workflow.Context, flow string) bool {
	return slices.ContainsFunc(extensionsOf(ctx), func(x Extension) bool { return x.Change != nil && x.Flow == flow })
}

// Extension is what a worker adds to runs.
type Extension struct {
	Listener func(ledger.Event)
	Flow     string
	Change   func(ctx workflow.Context, flow any) // of a flow as package saga builds it
	Archiver *graph.Archiver
}

type extensionsKey struct{}

// extensionsOf returns the extensions of the worker that executes ctx.
func extensionsOf(ctx workflow.Context) []Extension {
	x, _ := ctx.Value(extensionsKey{}).([]Extension)
	return x
}

// Customize changes the flow of a name as the worker's extensions ask.
func Customize(ctx workflow.Context, name string, f any) {
	for _, x := range extensionsOf(ctx) {
		if x.Change != nil && x.Flow == name {
			x.Change(ctx, f)
		}
	}
}

// addArchiver lets a flow be archived as the worker's extensions ask.
func addArchiver(ctx workflow.Context, f *graph.Flow) {
	for _, x := range extensionsOf(ctx) {
		if f.Archiver == nil {
			f.Archiver = x.Archiver
		}
	}
}

// Extend returns the interceptor that adds an extension to the runs of a worker.
func Extend(x Extension) interceptor.WorkerInterceptor { return &extending{Extension: x} }

type extending struct {
	interceptor.WorkerInterceptorBase
	Extension
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (x *extending) InterceptWorkflow(_ workflow.Context,
	next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &extendingWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}, x.Extension}
}

type extendingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	Extension
}

// ExecuteWorkflow implements interceptor.WorkflowInboundInterceptor.
func (w *extendingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	all := append(append([]Extension(nil), extensionsOf(ctx)...), w.Extension)
	return w.Next.ExecuteWorkflow(workflow.WithValue(ctx, extensionsKey{}, all), in)
}
