package saga_test

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// A flow is tasks and the data between them. The walls wait for the floor, because they
// are built from what it returns. The fence waits only for the survey.
func Example() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		ground := saga.Add(f, "survey", survey, saga.Value("clay"))
		saga.Add(f, "fence", build, saga.Value("fence"), saga.After(ground))
		floor := saga.Add(f, "floor", build, saga.From(ground, func(g string) string { return "floor on " + g }))
		walls := saga.Add(f, "walls", build, saga.From(floor, func(f string) string { return "walls on " + f }))
		return saga.Run(ctx, f, walls)
	}
	show(demo(house))
	// Output:
	// result: walls on floor on clay
	// survey SUCCESS
	// fence SUCCESS
	// floor SUCCESS
	// walls SUCCESS
	// COMMITTED
}

// When a task fails, every task that had started is reverted. The failed task is first,
// because it may have had its effect all the same.
func ExampleRun_undo() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		floor := saga.Add(f, "floor", build, saga.Value("floor"))
		walls := saga.Add(f, "walls", build, saga.Value("walls"), saga.After(floor))
		return saga.Run(ctx, f, saga.Add(f, "roof", build, saga.Value("roof"), saga.After(walls)))
	}
	show(demo(house, "walls"))
	// Output:
	// reverted, task walls failed: no walls to be had; undone: floor, walls
	// floor REVERTED
	// walls REVERTED
	// roof PENDING
	// REVERTED
}

// Any number of tasks is a loop over Add. Width bounds how many run at once.
func ExampleCollect() {
	row := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("row", saga.MaxConcurrent(2))
		var houses []saga.Ref[string]
		for i := range 5 {
			houses = append(houses, saga.Add(f, fmt.Sprintf("house-%d", i), build, saga.Value(fmt.Sprint(i))))
		}
		return saga.Run(ctx, f, saga.From(saga.Collect(houses), func(all []string) string { return fmt.Sprint(all) }))
	}
	demo(row)
	// Output:
	// result: [0 1 2 3 4]
}

// A flow says what is wrong with it before it begins anything, all at once.
func ExampleFlow_Validate() {
	f := saga.NewFlow("house", saga.Deadline(-time.Hour))
	saga.Add(f, "floor", build, saga.Value("floor"))
	saga.Add(f, "floor", build, saga.Value("another"))
	saga.Add(f, "walls", saga.Do(onSite.Build).NoUndo(""), saga.Value("walls"))
	fmt.Println(f.Validate())
	// Output:
	// flow house: a deadline of -1h0m0s has passed before it begins: give a positive one
	// task floor: the name is taken: give each task of a flow a name of its own
	// task walls: activity Build has no undo and gives no reason: complete it with UndoneBy, or with NoUndo and a reason
}

// An effect that needs no undo says why, and everybody can read the reason.
func ExampleEffect_NoUndo() {
	notify := saga.Do(onSite.Build).NoUndo("a message cannot be unsent")
	run := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("notice")
		return saga.Run(ctx, f, saga.Add(f, "notify", notify, saga.Value("letter")))
	}
	l := demo(run)
	fmt.Println(l.Entry("notify").NoUndo)
	// Output:
	// result: letter
	// a message cannot be unsent
}

// A task with the point of no return keeps what is before it. What fails after
// it is tried again until it works.
func ExamplePivot() {
	sale := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("sale", saga.Deadline(time.Minute))
		floor := saga.Add(f, "floor", build, saga.Value("floor"))
		sold := saga.Add(f, "contract", build, saga.Value("contract"), saga.After(floor), saga.Pivot())
		return saga.Run(ctx, f, saga.Add(f, "sign", build, saga.Value("sign"), saga.After(sold)))
	}
	env := siteEnv(nil, "sign")
	env.RegisterDelayedCallback(func() { fmt.Println("after 90 seconds:", ledgerOf(env).State) }, 90*time.Second)
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(string(saga.VerbSkip),
			saga.Request{Task: "sign", Reason: "sold out for good", Result: []byte(`"no sign"`)})
	}, 150*time.Second)
	show(demoIn(env, sale))
	// Output:
	// after 90 seconds: STUCK
	// result: no sign
	// floor SUCCESS
	// contract SUCCESS
	// sign SKIPPED sold out for good
	// COMMITTED
}

// A targeted run does only what is needed for the tasks that are named.
func ExampleOnly() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		floor := saga.Add(f, "floor", build, saga.Value("floor"))
		saga.Add(f, "garden", build, saga.Value("garden"))
		walls := saga.Add(f, "walls", build, floor)
		saga.Only(f, walls)
		return saga.Run(ctx, f, walls)
	}
	show(demo(house))
	// Output:
	// result: floor
	// floor SUCCESS
	// garden SKIPPED not needed by what this run is for
	// walls SUCCESS
	// COMMITTED
}
