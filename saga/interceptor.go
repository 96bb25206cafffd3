package saga

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/graph"
)

// Listen makes the interceptor that brings a listener to the runs of a worker;
// put it into worker.Options.Interceptors.
func Listen(listener Listener) interceptor.WorkerInterceptor {
	return extend(extension{listener: listener})
}

// Archiving makes the interceptor that has the runs of a worker archived, all but
// those of flows with an [ArchivedBy] of their own, and with them the runs of
// RegisterRevert; the option comes from ArchivedBy. Put it into the
// worker.Options.Interceptors of every worker of a task queue, and into replayers:
// a run that began to archive cannot go on without.
func Archiving(option FlowOption) interceptor.WorkerInterceptor {
	f := NewFlow("archiving", option)
	return extend(extension{archiver: f.graph.Archiver})
}

// Customize makes the interceptor that changes the flows of one name on a
// worker before they run: see Replace, InsertBefore, InsertAfter and Swap. Put
// it into the worker.Options.Interceptors of every worker that serves the
// flow. A change is code of the workflow: guard it with workflow.GetVersion
// while runs are under way.
func Customize(flow string, change func(workflow.Context, *Flow)) interceptor.WorkerInterceptor {
	return extend(extension{flow: flow, change: func(ctx workflow.Context, f any) { change(ctx, f.(*Flow)) }})
}

// extension is what a worker adds to runs.
type extension struct {
	listener func(Event)
	flow     string
	change   func(ctx workflow.Context, flow any) // of a flow as package saga builds it
	archiver *graph.Archiver
}

type extensionsKey struct{}

// extensions are those of the worker that executes ctx.
func extensions(ctx workflow.Context) []extension {
	x, _ := ctx.Value(extensionsKey{}).([]extension)
	return x
}

// customize changes the flow of a name as the worker's extensions ask.
func customize(ctx workflow.Context, name string, f any) {
	for _, x := range extensions(ctx) {
		if x.change != nil && x.flow == name {
			x.change(ctx, f)
		}
	}
}

// addArchiver lets a flow be archived as the worker's extensions ask.
func addArchiver(ctx workflow.Context, f *graph.Flow) {
	for _, x := range extensions(ctx) {
		if f.Archiver == nil {
			f.Archiver = x.archiver
		}
	}
}

// extend makes the interceptor that adds an extension to the runs of a worker.
func extend(x extension) interceptor.WorkerInterceptor { return &extending{extension: x} }

type extending struct {
	interceptor.WorkerInterceptorBase
	extension
}

// InterceptWorkflow is part of interceptor.WorkerInterceptor.
func (x *extending) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &extendingWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}, x.extension}
}

type extendingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	extension
}

// ExecuteWorkflow is part of interceptor.WorkflowInboundInterceptor.
func (w *extendingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	all := append(append([]extension(nil), extensions(ctx)...), w.extension)
	return w.Next.ExecuteWorkflow(workflow.WithValue(ctx, extensionsKey{}, all), in)
}
