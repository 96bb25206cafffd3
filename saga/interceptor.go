package saga

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
)

// Listener receives every transition of every run on a worker, once, and not again when
// history is replayed. It must be quick, must not fail, and must not touch the workflow.
type Listener func(Event)

// Listen returns the interceptor that brings a listener to the runs of a worker;
// put it into worker.Options.Interceptors.
func Listen(listener Listener) interceptor.WorkerInterceptor {
	return engine.Extend(engine.Extension{Listener: listener})
}

// Archiving returns the interceptor that has the runs of a worker archived, all but
// those of flows with an [ArchivedBy] of their own, and with them the runs of
// RegisterRevert; the option comes from ArchivedBy. Put it into the
// worker.Options.Interceptors of every worker of a task queue, and into replayers:
// a run that began to archive cannot go on without.
func Archiving(option FlowOption) interceptor.WorkerInterceptor {
	f := NewFlow("archiving", option)
	return engine.Extend(engine.Extension{Archiver: f.graph.Archiver})
}

// Customize returns the interceptor that changes the flows of one name on a
// worker before they run: see Replace, InsertBefore, InsertAfter and Swap. Put
// it into the worker.Options.Interceptors of every worker that serves the
// flow. A change is code of the workflow: guard it with workflow.GetVersion
// while runs are under way.
func Customize(flow string, change func(workflow.Context, *Flow)) interceptor.WorkerInterceptor {
	return engine.Extend(engine.Extension{Flow: flow,
		Change: func(ctx workflow.Context, f any) { change(ctx, f.(*Flow)) }})
}
