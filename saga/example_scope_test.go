package saga_test

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// A scope with a retry policy is undone and tried again when a task in it fails. Here the
// failed task decides whether another try is useful.
func ExampleRetrying() {
	policy := func(failures []saga.Failure) saga.Decision {
		switch last := failures[len(failures)-1]; {
		case last.Type == "SoldOut" && len(failures) < 3:
			return saga.Again(saga.Backoff(len(failures)))
		case last.Type == "Forbidden":
			return saga.Abort() // whatever the scopes around would say
		}
		return saga.GiveUp() // ask the scope around
	}
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		shell := f.Scope("shell", saga.Retrying(policy))
		floor := saga.Add(shell, "floor", build, saga.Value("floor"))
		return saga.Run(ctx, f, saga.Add(shell, "walls", build, saga.Value("walls"), saga.After(floor)))
	}
	l := demo(house, "walls")
	fmt.Println("attempts:", l.Entry("shell/walls").Attempt)
	fmt.Println("mark of the last:", string(l.Entry("shell/walls").Mark)[len(saga.RunPrefix(l.Run)):])
	// Output:
	// reverted, task shell/walls failed: no walls to be had; undone: shell/floor, shell/walls
	// attempts: 3
	// mark of the last: shell/walls#3
}

// ForEach tries a scope with one alternative after the other. ForEachRef does
// the same with a list that a task finds out.
func ExampleForEach() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		site, ground := saga.ForEach(f, "site", []string{"swamp", "sand", "rock"})
		floor := saga.Add(site, "floor", build, ground)
		return saga.Run(ctx, f,
			saga.Add(f, "house", build, saga.From(floor, func(g string) string { return "house on " + g })))
	}
	l := demo(house, "swamp", "sand")
	for _, failed := range l.Scopes[1].Failures {
		fmt.Println("tried before:", failed.Reason)
	}
	// Output:
	// result: house on rock
	// tried before: no swamp to be had
	// tried before: no sand to be had
}

// A condition skips a task. Who uses the result of such a task takes it with
// Optional, or the flow is refused.
func ExampleWhen() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		ground := saga.Add(f, "survey", survey, saga.Value("rock"))
		piles := saga.Add(f, "piles", build, saga.Value("piles"),
			saga.When(ground, func(g string) bool { return g == "swamp" }))
		floor := saga.From2(ground, saga.Optional(piles), func(ground string, piles *string) string {
			if piles == nil {
				return "floor on " + ground
			}
			return "floor on " + *piles
		})
		return saga.Run(ctx, f, saga.Add(f, "floor", build, floor))
	}
	show(demo(house))
	// Output:
	// result: floor on rock
	// survey SUCCESS
	// piles SKIPPED its condition does not hold
	// floor SUCCESS
	// COMMITTED
}

// One operation can take the place of all undos of a scope.
func ExampleUndoneTogether() {
	house := func(ctx workflow.Context) (string, error) {
		f := saga.NewFlow("house")
		shell := f.Scope("shell", saga.UndoneTogether(onSite.ClearAll, saga.Options{}))
		floor := saga.Add(shell, "floor", build, saga.Value("floor"))
		walls := saga.Add(shell, "walls", build, saga.Value("walls"))
		return saga.Run(ctx, f, saga.Add(f, "roof", build, saga.Value("roof"), saga.After(floor, walls)))
	}
	show(demo(house, "roof"))
	// Output:
	// reverted, task roof failed: no roof to be had; undone: shell/floor, shell/walls, roof
	// shell/floor REVERTED
	// shell/walls REVERTED
	// roof REVERTED
	// REVERTED
}
