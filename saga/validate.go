package saga

import (
	"encoding/json"
	"errors"
	"fmt"

	"novaflow/saga/internal/engine"
	"novaflow/saga/internal/graph"
	"novaflow/saga/ledger"
)

// Validate returns all mistakes in how the flow was built, joined, or nil.
func (f *Flow) Validate() error {
	g := f.root.graph
	problems := append([]error(nil), f.root.problems...)
	if f.root.isEmpty() {
		problems = append(problems, fmt.Errorf("flow %s has no tasks", g.Name))
	}
	for _, s := range f.root.scopes {
		if s.tryNextIf != nil && !s.scope.Alternatives {
			problems = append(problems, fmt.Errorf("%s: TryNextIf has no effect without alternatives: make the scope "+
				"with ForEach or ForEachRef", s.scope.Label()))
		}
	}
	for _, t := range g.Tasks {
		problems = append(problems, findUnguarded(g, t)...)
		problems = append(problems, findOversized(g, t)...)
		problems = append(problems, findLockInChild(t)...)
		problems = append(problems, findImpossible(t)...)
	}
	if len(problems) == 0 {
		return engine.CheckReachable(g)
	}
	return errors.Join(problems...)
}

// checkResult returns the mistakes that Validate finds, and what is wrong with the flow's
// result.
func checkResult[T any](f *Flow, result Ref[T]) error {
	problems := []error{f.Validate()}
	if result.get == nil || (result.flow != nil && result.flow != f) || !f.isWhole() {
		return errors.Join(append(problems, errors.New("the flow's result is not a ref of this flow"))...)
	}
	for _, n := range result.needs {
		if maker := f.graph.Tasks[n.Task]; n.Result && isSkippable(maker, f.scope) {
			problems = append(problems, fmt.Errorf("the flow's result is the result of %s, which a condition may "+
				"skip: take it with saga.Optional", maker.Path))
		}
	}
	return errors.Join(problems...)
}

// isEmpty reports whether the flow has no tasks.
func (f *Flow) isEmpty() bool {
	for _, t := range f.graph.Tasks {
		if !t.Swapped {
			return false
		}
	}
	return true
}

// findUnguarded names the tasks whose results a task uses although a condition may
// skip them and not the task.
func findUnguarded(g *graph.Flow, t *graph.Task) (problems []error) {
	if t.Swapped {
		return nil
	}
	for _, n := range t.Needs {
		maker := g.Tasks[n.Task]
		if n.Result && isSkippable(maker, t.Scope) {
			problems = append(problems, fmt.Errorf("task %s uses the result of %s, which a condition may skip: "+
				"take it with saga.Optional, or put both in one scope", t.Path, maker.Path))
		}
	}
	return problems
}

// isSkippable reports whether the task can be skipped while tasks of the scope
// run.
func isSkippable(t *graph.Task, scope *graph.Scope) bool {
	if t.When != nil {
		return true
	}
	for s := t.Scope; s != nil; s = s.Parent {
		if s.When != nil && !s.Contains(scope) {
			return true
		}
	}
	return false
}

// findOversized looks at an input that is known before the run.
func findOversized(g *graph.Flow, t *graph.Task) []error {
	if len(t.Needs) > 0 || t.Swapped {
		return nil
	}
	attempts := make([]int, len(g.Scopes))
	for i := range attempts {
		attempts[i] = 1
	}
	in, err := graph.Try("the function that computes the input",
		func() (any, error) { return t.Input(&graph.Values{Attempts: attempts}) })
	if err != nil {
		return nil // as the run will say: it may depend on the run
	}
	if text, err := json.Marshal(in); err != nil || len(text) > ledger.MaxInput {
		return []error{fmt.Errorf("task %s: the input has %d bytes or cannot be written as JSON (%v); %d bytes are "+
			"the most: pass a reference to what is large", t.Path, len(text), err, ledger.MaxInput)}
	}
	return nil
}

// findLockInChild reports a lock that the run as a whole could not hold.
func findLockInChild(t *graph.Task) []error {
	if t.Lock && !t.Swapped && t.Scope.InChild() != nil {
		return []error{fmt.Errorf("task %s: a lock in a child workflow would be gone before the run is undone: take "+
			"it outside of scope %s", t.Path, t.Scope.InChild().Path)}
	}
	return nil
}

// refuseChildren reports the scopes of a flow that could not be built again in a
// child workflow.
func (f *Flow) refuseChildren() {
	for _, s := range f.graph.Scopes {
		if s.Child {
			f.problem("%s: AsChild needs a flow that is run by its Definition", s.Label())
		}
	}
}

// findEndless names the scopes that would be tried again for as long as the run
// lasts.
func findEndless(f *Flow) (problems []error) {
	for _, s := range f.scopes[1:] {
		if s.policy != nil && s.scope.Deadline == 0 && goesOnForEver(s.policy) {
			problems = append(problems, fmt.Errorf("%s: its retry policy goes on for ever: let it give up, or give "+
				"the scope a Deadline", s.scope.Label()))
		}
	}
	return problems
}

// goesOnForEver tries a policy on more failures than anybody would wait for.
func goesOnForEver(policy Retry) bool {
	failures := make([]Failure, 10_000)
	for i := range failures {
		failures[i].Attempt = i + 1
	}
	d, err := graph.Try("a retry policy", func() (graph.Decision, error) { return policy(failures).graph, nil })
	return err == nil && d.Verdict == graph.VerdictAgain
}
