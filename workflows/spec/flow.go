package spec

import (
	"reflect"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// Flow is a change of a cloud as one value. The worker registers it, the command starts
// it and the documentation draws it.
type Flow[S Spec, Out any] struct {
	Workflow string // under which the workflow is registered
	Kind     string // of the saga

	// Deadline applies to a run whose request gives none; 0 is saga.DefaultDeadline.
	Deadline time.Duration

	// Build adds the tasks for a request to a flow, which already has the options of the
	// run, and returns a ref to the result. It must be deterministic.
	Build func(*saga.Flow, S) saga.Ref[Out]

	// Example asks for all that the flow can do. It is drawn, and built when a worker
	// starts.
	Example S
}

// Planned is a flow whose tasks depend on what the cloud holds when the run begins.
type Planned[S Spec, In, Out any] struct {
	Workflow string // under which the workflow is registered
	Kind     string // of the saga

	// Plan looks at the cloud, without changing it, and returns what the flow is built
	// from.
	Plan func(workflow.Context, S) (In, error)

	// DryRun returns the result of a run that only looks. Without it, a dry run executes
	// [RequestTask] and has no result.
	DryRun func(In) Out

	// Idle reports that nothing is left to do. The run then ends like a dry run, which
	// needs DryRun. Optional.
	Idle func(In) bool

	// ForwardOnly is the reason why the flow never reverts; "" if it does.
	ForwardOnly string

	// Deadline applies to a run whose request gives none; 0 is saga.DefaultDeadline.
	Deadline time.Duration

	// Build and Example are those of [Flow], for what Plan returns.
	Build   func(*saga.Flow, In) saga.Ref[Out]
	Example In
}

// RequestTask is the first task of most flows. It looks up, without changing anything,
// whether the cloud can do what the request asks for.
const RequestTask = "request"

// AnyFlow is a [Flow] or a [Planned], whatever its types are.
type AnyFlow interface {
	WorkflowName() string
	FlowKind() string

	// Register registers the workflow. What saga needs beside it is for saga.Register.
	Register(worker.WorkflowRegistry)

	// ToExample returns the flow with its example, to be drawn and checked.
	ToExample() saga.Example

	// RequestType returns the type of the workflow's input.
	RequestType() reflect.Type
}

// FlowOf is an [AnyFlow] that takes a request S and returns an Out.
type FlowOf[S Spec, Out any] interface {
	AnyFlow

	// Run is the workflow. It refuses a request that is invalid, only looks in a dry run,
	// and otherwise executes the flow.
	Run(workflow.Context, S) (Out, error)
}

// WorkflowName returns the name under which the workflow is registered.
func (f Flow[S, Out]) WorkflowName() string { return f.Workflow }

// FlowKind returns the name of the saga.
func (f Flow[S, Out]) FlowKind() string { return f.Kind }

// RequestType returns the type of the workflow's input.
func (f Flow[S, Out]) RequestType() reflect.Type { return reflect.TypeFor[S]() }

// Register registers the workflow.
func (f Flow[S, Out]) Register(r worker.WorkflowRegistry) { f.planned().Register(r) }

// ToExample returns the flow with its example.
func (f Flow[S, Out]) ToExample() saga.Example { return f.planned().ToExample() }

// Run executes the flow for a request.
func (f Flow[S, Out]) Run(ctx workflow.Context, s S) (Out, error) { return f.planned().Run(ctx, s) }

// planned returns the same flow, with a plan that is the request itself.
func (f Flow[S, Out]) planned() Planned[S, S, Out] {
	return Planned[S, S, Out]{
		Workflow: f.Workflow, Kind: f.Kind, Deadline: f.Deadline, Build: f.Build, Example: f.Example,
		Plan: func(_ workflow.Context, s S) (S, error) { return s, nil },
	}
}

// WorkflowName returns the name under which the workflow is registered.
func (f Planned[S, In, Out]) WorkflowName() string { return f.Workflow }

// FlowKind returns the name of the saga.
func (f Planned[S, In, Out]) FlowKind() string { return f.Kind }

// RequestType returns the type of the workflow's input.
func (f Planned[S, In, Out]) RequestType() reflect.Type { return reflect.TypeFor[S]() }

// Register registers the workflow.
func (f Planned[S, In, Out]) Register(r worker.WorkflowRegistry) {
	flow := f.define()
	r.RegisterWorkflowWithOptions(func(ctx workflow.Context, s S) (Out, error) { return f.run(ctx, flow, s) },
		workflow.RegisterOptions{Name: f.Workflow})
}

// ToExample returns the flow with its example.
func (f Planned[S, In, Out]) ToExample() saga.Example { return f.define().With(f.Example) }

// Run plans and executes the flow for a request.
func (f Planned[S, In, Out]) Run(ctx workflow.Context, s S) (Out, error) {
	return f.run(ctx, f.define(), s)
}

// run does what the workflow does: it refuses an invalid request, plans, and executes the
// flow unless the plan is all that was asked for, or leaves nothing to do.
func (f Planned[S, In, Out]) run(ctx workflow.Context, flow *saga.Definition[In, Out], s S) (Out, error) {
	var none Out
	if err := refuseInvalid(s); err != nil {
		return none, err
	}
	in, err := f.Plan(ctx, s)
	if err != nil {
		return none, err
	}
	dry := s.Options().DryRun
	switch {
	case dry && f.DryRun == nil:
		return none, flow.RunOnly(ctx, in, RequestTask)
	case dry, f.Idle != nil && f.Idle(in):
		return f.DryRun(in), nil
	}
	return flow.Run(ctx, in, s.Options().flowOptions()...)
}

// define returns the saga. If the input has the options of the run, the flow is built
// with them; run passes them in any case.
func (f Planned[S, In, Out]) define() *saga.Definition[In, Out] {
	return saga.Define(f.Kind, func(in In) (*saga.Flow, saga.Ref[Out]) {
		var options []saga.FlowOption
		if f.ForwardOnly != "" {
			options = append(options, saga.ForwardOnly(f.ForwardOnly))
		}
		if f.Deadline != 0 {
			options = append(options, saga.Deadline(f.Deadline))
		}
		if with, ok := any(in).(interface{ Options() RunOptions }); ok {
			options = append(options, with.Options().flowOptions()...)
		}
		flow := saga.NewFlow(f.Kind, options...)
		return flow, f.Build(flow, in)
	})
}
