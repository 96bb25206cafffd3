package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/workflows"
)

// plan is the document of a dry run.
type plan struct {
	Flow   string          `json:"flow"`
	Spec   workflows.Spec  `json:"spec"`
	Steps  []planned       `json:"steps,omitempty"`  // in an order in which they could run
	Found  json.RawMessage `json:"found,omitempty"`  // by the look-up
	Result json.RawMessage `json:"result,omitempty"` // what the change would return, where the look-up tells
}

// planned is a task with the API calls that it and its undo may make.
type planned struct {
	saga.Step
	Calls     []string `json:"calls,omitempty"`
	UndoCalls []string `json:"undoCalls,omitempty"`
}

// dryRun has a worker look everything up, as the run itself would, and prints
// what the run would do. Nothing is changed; the run has an id of its own, so it
// waits for nobody.
func (a *app) dryRun(ctx context.Context, engine client.Client, flags *changeFlags, c change) error {
	c.id = "dry-run:" + c.id + ":" + uuid.NewString()
	c.summary = "dry run: " + c.summary
	run, err := engine.ExecuteWorkflow(ctx, c.start(flags).options(), c.workflow, c.spec)
	if err != nil {
		return startProblem(err)
	}
	o, s, err := endOf(ctx, engine, c.id, run.GetRunID(), &notices{out: a.errOut})
	if err != nil {
		return stoppedLooking(err)
	}
	if o.State != string(saga.RunCommitted) {
		a.reportFailure(c.resource+" cannot be "+c.done, o, s, flags.format) //nolint:errcheck // the code of a dry run is another
		return done(exitUsage)
	}
	p := plan{Flow: c.kind, Spec: c.spec}
	if p.Result, err = result(ctx, engine, c.id, s.run); err != nil {
		return unreadable(err)
	}
	return a.printPlan(c, p, s.ledger, flags.format)
}

// stoppedLooking is about a dry run that nobody waits for any more.
func stoppedLooking(err error) error {
	if errors.Is(err, context.Canceled) {
		return &exit{code: exitInterrupted, err: errors.New("you stopped waiting for what the worker finds: nothing was changed, and nothing will be")}
	}
	return fmt.Errorf("what the worker finds cannot be told: %w", err)
}

// printPlan adds to the plan what can be told without the cloud.
func (a *app) printPlan(c change, p plan, l *saga.Ledger, form format) error {
	if l != nil { // a flow that depends on what is there has none yet
		p.Result, p.Found = nil, found(l)
		steps, err := stepsOf(c)
		if err != nil {
			return err
		}
		for _, s := range steps {
			p.Steps = append(p.Steps, planned{s, workflows.Calls(s.Activity), workflows.Calls(s.Undo)})
		}
	}
	if form.document() {
		return printDocument(a.out, form, p)
	}
	fmt.Fprintf(a.out, "%s can be %s; nothing was changed\n", c.resource, c.done)
	if len(p.Steps) == 0 {
		return a.printRemovals(p.Result)
	}
	return printTable(a.out, planTable(p.Steps))
}

// printRemovals lists what a change would delete.
func (a *app) printRemovals(result json.RawMessage) error {
	var would struct {
		Removed []string
		Next    string
	}
	if err := json.Unmarshal(result, &would); err != nil {
		return unreadable(err)
	}
	fmt.Fprintf(a.out, "it would delete:\n  %s\n", strings.Join(would.Removed, "\n  "))
	if would.Next != "" {
		fmt.Fprintln(a.out, "to delete all this: "+would.Next)
	}
	return nil
}

// notices is a view that shows only why there is no news.
type notices struct {
	out  io.Writer
	told string
}

func (n *notices) show(_ snapshot, notice string) {
	if notice != "" && notice != n.told {
		fmt.Fprintln(n.out, notice)
	}
	n.told = notice
}

func (n *notices) last(snapshot) {}

// found is what the look-up of a run returned.
func found(l *saga.Ledger) json.RawMessage {
	for _, e := range l.Tasks {
		if e.State == saga.TaskSuccess {
			return e.Out
		}
	}
	return nil
}

// stepsOf are the steps of the flow for the request.
func stepsOf(c change) ([]saga.Step, error) {
	flow, err := findFlow(c.kind)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(c.spec)
	if err != nil {
		return nil, err
	}
	f, err := flow.PlanOf(input)
	if err != nil {
		return nil, err
	}
	return f.Steps(), nil
}

// planTable leaves out the calls that only look.
func planTable(steps []planned) [][]string {
	rows := [][]string{{"TASK", "DOES", "CHANGES BY", "TAKEN BACK BY", "AFTER", "ABOUT"}}
	for _, s := range steps {
		undo := firstNonEmpty(s.Undo, "- ("+s.NoUndo+")")
		if s.Pivot {
			undo += ", point of no return"
		}
		rows = append(rows, []string{s.Task, s.Activity, strings.Join(changing(s.Calls), ", "), undo, strings.Join(s.After, ", "), s.Summary})
	}
	return rows
}

// changing are the calls that change something.
func changing(calls []string) (out []string) {
	for _, call := range calls {
		if !strings.Contains(call, " GET ") {
			out = append(out, call)
		}
	}
	return out
}
