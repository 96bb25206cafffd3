package saga_test

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// quarter is a flow with a scope for each of so many houses. Each is a child
// workflow, so that a quarter can be larger than one history.
var quarter = saga.Define("quarter", func(houses int) (*saga.Flow, saga.Ref[string]) {
	f := saga.NewFlow("quarter")
	road := saga.Add(f, "road", build, saga.Value("road"))
	var all []saga.Ref[string]
	for i := range houses {
		house := f.Scope(fmt.Sprintf("house-%d", i), saga.AsChild())
		floor := saga.Add(house, "floor", build, saga.Value("floor"), saga.After(road))
		all = append(all, saga.Add(house, "walls", build, floor))
	}
	return f, saga.From(saga.Collect(all), func(all []string) string { return fmt.Sprint(len(all), " houses") })
})

// BuildQuarter is the workflow of the flow.
func BuildQuarter(ctx workflow.Context, houses int) (string, error) { return quarter.Run(ctx, houses) }

// A definition can be checked and drawn without running it.
func ExampleDefine() {
	fmt.Println("problems:", saga.Check(quarter.With(2)))
	f, _ := quarter.Plan(1)
	drawing := f.Mermaid()
	fmt.Println(strings.Contains(drawing, "subgraph"), strings.Contains(drawing, "road"))
	// Output:
	// problems: <nil>
	// true true
}

// Scopes as child workflows have histories of their own; ledger and undo stay
// with the run.
func ExampleAsChild() {
	env := siteEnv(nil)
	env.RegisterWorkflow(BuildQuarter)
	saga.Register(env, quarter.With(2)) // beside the workflow, on every worker
	show(demoIn(env, BuildQuarter, 2))
	// Output:
	// result: 2 houses
	// road SUCCESS
	// house-0/floor SUCCESS
	// house-0/walls SUCCESS
	// house-1/floor SUCCESS
	// house-1/walls SUCCESS
	// COMMITTED
}

// oneHouse is a flow that others customize and listen to.
func oneHouse(ctx workflow.Context) (string, error) {
	f := saga.NewFlow("house")
	floor := saga.Add(f, "floor", build, saga.Value("floor"))
	return saga.Run(ctx, f, saga.Add(f, "walls", build, floor))
}

// Who runs a flow can change it by the names of its tasks, on the worker.
func ExampleCustomize() {
	heating := saga.Customize("house", func(_ workflow.Context, f *saga.Flow) {
		floor := saga.ResultOf[string](f, "floor")
		saga.InsertAfter(f, "floor", "heating", build, saga.From(floor, func(string) string { return "heating" }))
		saga.Replace(f, "walls", build.With(saga.Options{Timeout: time.Hour}))
	})
	l := demoIn(siteEnv([]interceptor.WorkerInterceptor{heating}), oneHouse)
	fmt.Println("walls wait for", l.Entry("walls").Needs)
	// Output:
	// result: floor
	// walls wait for [floor heating]
}

// A listener is told every transition once, also when history is replayed.
func ExampleListen() {
	listener := saga.Listen(func(e saga.Event) {
		fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %s -> %s", e.Task, e.From, e.To)))
	})
	demoIn(siteEnv([]interceptor.WorkerInterceptor{listener}), oneHouse)
	// Output:
	// PENDING -> RUNNING
	// floor PENDING -> RUNNING
	// floor RUNNING -> SUCCESS
	// walls PENDING -> RUNNING
	// walls RUNNING -> SUCCESS
	// RUNNING -> COMMITTED
	// result: floor
}

// A flow can wait for a person when a task fails. People talk to it with
// updates, which answer, or with signals of the same name.
func ExampleFailurePolicy() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house", saga.FailurePolicy(saga.OnFailureHold))
		return saga.Run(ctx, f, saga.Add(f, "walls", build, saga.Value("walls")))
	}
	env := siteEnv(nil, "walls")
	env.RegisterDelayedCallback(func() { fmt.Println(ledgerOf(env).State, ledgerOf(env).Cause) }, time.Minute)
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflowNoRejection(string(saga.VerbSkip), "1", nil, saga.Request{
			Task: "walls", Reason: "built by hand", By: "Ada", Result: []byte(`"stone walls"`),
		})
	}, 2*time.Minute)
	l := demoIn(env, house)
	fmt.Println(l.Requests[0].By, l.Requests[0].Verb, l.Requests[0].Reason)
	// Output:
	// HELD task walls failed: no walls to be had
	// result: stone walls
	// Ada skip built by hand
}

// A paused run starts and undoes nothing until it is resumed.
func ExampleVerb() {
	env := siteEnv(nil)
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(string(saga.VerbPause), saga.Request{Reason: "rain"}) }, 0)
	env.RegisterDelayedCallback(func() { fmt.Println("a minute later:", ledgerOf(env).State) }, time.Minute)
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(string(saga.VerbResume), saga.Request{}) }, time.Hour/2)
	show(demoIn(env, oneHouse))
	// Output:
	// a minute later: PAUSED
	// result: floor
	// floor SUCCESS
	// walls SUCCESS
	// COMMITTED
}
