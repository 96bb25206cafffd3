package change

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"novaflow/activities/nova/hosts"
	"novaflow/saga"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
	"novaflow/workflows/host"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
)

// plan is the document of a dry run.
type plan struct {
	Flow   string          `json:"flow"`
	Spec   spec.Spec       `json:"spec"`
	Steps  []planned       `json:"steps,omitempty"`  // in an order in which they could run
	Found  json.RawMessage `json:"found,omitempty"`  // by the look-up
	Result json.RawMessage `json:"result,omitempty"` // what the change would return, if the look-up determines it
}

// planned is a task with the API calls that it and its undo may send.
type planned struct {
	saga.Step
	Calls     []string `json:"calls,omitempty"`
	UndoCalls []string `json:"undoCalls,omitempty"`
}

// dryRun lets a worker look everything up, as the run itself would, and prints what the
// run would do. Nothing is changed. The run has a workflow id of its own, so it waits for
// no other run.
func dryRun(ctx context.Context, session *runs.Session, engine client.Client, flags *Flags, request Request) error {
	request.ID = "dry-run:" + request.ID + ":" + uuid.NewString()
	request.Summary = "dry run: " + request.Summary
	run, err := engine.ExecuteWorkflow(ctx, request.Start(flags).Options(), request.Flow.Workflow, request.Spec)
	if err != nil {
		return StartError(err)
	}
	o, s, err := followWith(ctx, engine, request.ID, run.GetRunID(), &notices{out: session.ErrOut})
	if err != nil {
		return stoppedLooking(err)
	}
	if o.State != string(saga.RunCommitted) {
		// A dry run has an exit code of its own.
		_ = ReportFailure(session.Out, request.Resource+" cannot be "+request.Done, o, s, flags.Format)
		return term.Done(term.ExitUsage)
	}
	p := plan{Flow: request.Flow.Kind, Spec: request.Spec}
	if p.Result, err = runs.ReadResult(ctx, engine, request.ID, s.Run); err != nil {
		return resultError(err)
	}
	return printPlan(session.Out, request, p, s.Ledger, flags.Format)
}

// stoppedLooking explains why a dry run has no result: the user stopped waiting, or the
// engine does not answer.
func stoppedLooking(err error) error {
	if errors.Is(err, context.Canceled) {
		return term.WithCode(term.ExitInterrupted, errors.New("you stopped waiting for what the worker finds: "+
			"nothing was changed, and nothing will be"))
	}
	return fmt.Errorf("what the worker finds cannot be read: %w", err)
}

// printPlan adds to the plan what is known without the cloud, and prints it.
func printPlan(out io.Writer, request Request, p plan, l *saga.Ledger, form term.Format) error {
	if l != nil { // a flow that depends on what the cloud has does not have one yet
		p.Result, p.Found = nil, lookupResult(l)
		steps, err := stepsOf(request)
		if err != nil {
			return err
		}
		for _, s := range steps {
			p.Steps = append(p.Steps, planned{s, workflows.Calls(s.Activity), workflows.Calls(s.Undo)})
		}
	}
	if form.IsDocument() {
		return term.PrintDocument(out, form, p)
	}
	fmt.Fprintf(out, "%s can be %s; nothing was changed\n", request.Resource, request.Done)
	if len(p.Steps) == 0 {
		lines, err := wouldDo(request.Flow.Kind, p.Result)
		if err != nil {
			return resultError(err)
		}
		fmt.Fprintln(out, strings.Join(lines, "\n"))
		return nil
	}
	return term.PrintTable(out, planTable(p.Steps))
}

// wouldDo describes a change whose tasks depend on what the cloud has.
func wouldDo(kind string, result json.RawMessage) (lines []string, err error) {
	say := func(what string, resources []string) {
		if len(resources) > 0 {
			lines = append(append(lines, what+":"), indentLines(resources)...)
		}
	}
	switch kind {
	case host.Drain.Kind:
		var d host.Drained
		err = json.Unmarshal(result, &d)
		lines = append(lines, "it would take host "+d.Host+" out of use, so that nova places nothing there")
		say("it would move these servers", listServers(d.Moved))
		say("these would stay", listServers(d.Stayed))
	case ownership.Release.Kind:
		var r ownership.Released
		err = json.Unmarshal(result, &r)
		say("it would delete nothing, and would no longer manage", r.Released)
		say("these would stay its run's", r.Stay)
	default:
		var would struct {
			Removed []string
			Left    []string
			Next    string
		}
		err = json.Unmarshal(result, &would)
		say("it would delete", would.Removed)
		say("these would stay, because others use them", would.Left)
		if would.Next != "" {
			lines = append(lines, "to delete all this: "+would.Next)
		}
	}
	if len(lines) == 0 {
		lines = []string{"there is nothing to do"}
	}
	return lines, err
}

func indentLines(texts []string) (lines []string) {
	for _, t := range texts {
		lines = append(lines, "  "+t)
	}
	return lines
}

// listServers describes servers of a host, each with the reason why it cannot leave.
func listServers(all []hosts.LeaveResult) (words []string) {
	for _, l := range all {
		text := "server " + l.ServerID + " " + l.Name
		if l.Why != "" {
			text += ": " + l.Why
		}
		words = append(words, text)
	}
	return words
}

// notices is a view that shows only why there is no news.
type notices struct {
	out   io.Writer
	shown string
}

// Show implements [runs.View].
func (n *notices) Show(_ runs.Snapshot, notice string) {
	if notice != "" && notice != n.shown {
		fmt.Fprintln(n.out, notice)
	}
	n.shown = notice
}

// Last implements [runs.View].
func (n *notices) Last(runs.Snapshot) {}

// lookupResult returns the result of the first task that succeeded, which looked the
// request up.
func lookupResult(l *saga.Ledger) json.RawMessage {
	for _, e := range l.Tasks {
		if e.State == saga.TaskSuccess {
			return e.Out
		}
	}
	return nil
}

// stepsOf returns the steps of the flow for the request.
func stepsOf(request Request) ([]saga.Step, error) {
	flow, err := runs.ResolveFlow(request.Flow.Kind)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(request.Spec)
	if err != nil {
		return nil, err
	}
	f, err := flow.PlanOf(input)
	if err != nil {
		return nil, err
	}
	return f.Steps(), nil
}

// planTable lists the steps with the calls that change something.
func planTable(steps []planned) [][]string {
	rows := [][]string{{"TASK", "DOES", "CHANGES BY", "REVERTED BY", "AFTER", "ABOUT"}}
	for _, s := range steps {
		undo := cmp.Or(s.Undo, "- ("+s.NoUndo+")")
		if s.Pivot {
			undo += ", point of no return"
		}
		rows = append(rows, []string{s.Task, s.Activity, strings.Join(changingCalls(s.Calls), ", "), undo,
			strings.Join(s.After, ", "), s.Summary})
	}
	return rows
}

// changingCalls leaves out the calls that only read.
func changingCalls(calls []string) (out []string) {
	for _, call := range calls {
		if !strings.Contains(call, " GET ") {
			out = append(out, call)
		}
	}
	return out
}
