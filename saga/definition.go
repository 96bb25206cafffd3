package saga

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
	"novaflow/saga/internal/graph"
)

// Definition is a flow that can be built from an input: drawn and checked
// without running, run in a workflow, and split over child workflows.
type Definition[In, Out any] struct {
	name  string
	build func(In) (*Flow, Ref[Out])
	last  lastBuilt
}

// Define names a flow. Build builds it from nothing but the input: it must be
// deterministic. The flow that it builds must have the same name.
func Define[In, Out any](name string, build func(In) (*Flow, Ref[Out])) *Definition[In, Out] {
	return &Definition[In, Out]{name: name, build: build}
}

// Name returns the kind of the flow.
func (d *Definition[In, Out]) Name() string { return d.name }

// Run builds the flow and executes it in the calling workflow; see [Run]. The
// options are terms of this one run, such as a [Deadline], that are no part of
// the input.
func (d *Definition[In, Out]) Run(ctx workflow.Context, in In, terms ...FlowOption) (Out, error) {
	f, result, err := d.make(in)
	if err != nil {
		return *new(Out), temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
	}
	for _, o := range terms {
		o(f)
	}
	if f.graph.Input, err = json.Marshal(in); err != nil {
		return *new(Out), temporal.NewNonRetryableApplicationError(err.Error(), ErrTypeInvalidFlow, err)
	}
	return Run(ctx, f, result)
}

// Plan builds the flow for an input, to be drawn or looked at. The error says
// everything that is wrong with it, as far as it can be seen without running;
// policies are tried out on invented failures.
func (d *Definition[In, Out]) Plan(in In) (*Flow, error) { return d.plan(in, func(*Flow) {}) }

// plan does what Plan does, for the flow after change has changed it.
func (d *Definition[In, Out]) plan(in In, change func(*Flow)) (*Flow, error) {
	f, result, err := d.make(in)
	if err != nil {
		return nil, err
	}
	if _, err := graph.Try("what customizes flow "+d.name,
		func() (any, error) { change(f); return nil, nil }); err != nil {
		return nil, err
	}
	return f, errors.Join(append(findEndless(f), checkResult(f, result))...)
}

// make builds the flow, and notes what its result is computed from.
func (d *Definition[In, Out]) make(in In) (f *Flow, result Ref[Out], err error) {
	_, err = graph.Try("the function that builds flow "+d.name,
		func() (any, error) { f, result = d.build(in); return nil, nil })
	switch {
	case err != nil:
	case f == nil:
		err = fmt.Errorf("flow %s: the function that builds it returned none", d.name)
	case f.name() != d.name:
		err = fmt.Errorf("flow %s: the function that builds it calls it %s", d.name, f.name())
	default:
		f.graph.Result = result.needs
	}
	return f, result, err
}

// With pairs the definition with one input, so that definitions of different types fit
// into one list; see Check.
func (d *Definition[In, Out]) With(example In) Example {
	return Example{
		Name: d.name, Input: example,
		plan: func(change func(*Flow)) (*Flow, error) { return d.plan(example, change) },
		decode: func(input []byte) (*Flow, error) {
			return d.planOf(input, example)
		},
		exact:    func(input []byte) (*Flow, error) { return d.planOf(input, *new(In)) },
		register: func(r worker.WorkflowRegistry) { registerScopes(r, d) },
	}
}

// planOf builds the flow for input as JSON; what it leaves out is as in in.
func (d *Definition[In, Out]) planOf(input []byte, in In) (*Flow, error) {
	if err := json.Unmarshal(input, &in); err != nil {
		return nil, fmt.Errorf("input of flow %s: %w", d.name, err)
	}
	return d.Plan(in)
}

// Example is a definition with an input to try it on.
type Example struct {
	Name     string
	Input    any // of the flow
	plan     func(change func(*Flow)) (*Flow, error)
	decode   func([]byte) (*Flow, error)
	exact    func([]byte) (*Flow, error)
	register func(worker.WorkflowRegistry)
}

// Plan builds the flow for the example, or for other input as JSON; what it
// leaves out is then as in the example.
func (e Example) Plan(input []byte) (*Flow, error) {
	if len(input) == 0 {
		return e.plan(asItIs)
	}
	return e.decode(input)
}

// PlanOf builds the flow for input as JSON, and for nothing else.
func (e Example) PlanOf(input []byte) (*Flow, error) { return e.exact(input) }

// Check builds every flow and returns all that is wrong with any of them. Call
// it when a worker starts: a mistake should not wait for the first run.
func Check(flows ...Example) error {
	return checkEach(flows, func(e Example) error { return onlyError(e.plan(asItIs)) })
}

// asItIs changes nothing about a flow.
func asItIs(*Flow) {}

// onlyError drops the flow of a plan.
func onlyError(_ *Flow, err error) error { return err }

// checkEach joins what is wrong with each of the flows.
func checkEach(flows []Example, check func(Example) error) error {
	var problems []error
	seen := map[string]bool{}
	for _, e := range flows {
		if seen[e.Name] {
			problems = append(problems, fmt.Errorf("flow %s: two definitions have this name", e.Name))
		}
		seen[e.Name] = true
		if err := check(e); err != nil {
			problems = append(problems, fmt.Errorf("flow %s: %w", e.Name, err))
		}
	}
	return errors.Join(problems...)
}

// Register registers what the flows need beside their own workflows: the
// workflows that run a scope as a child and that stand for a lock.
func Register(r worker.WorkflowRegistry, flows ...Example) {
	engine.RegisterLocks(r)
	for _, e := range flows {
		e.register(r)
	}
}
