package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/starter/internal/clouds"
	"novaflow/starter/internal/term"
	"novaflow/workflows"
)

// deleteRun is what a command that deletes does.
func deleteRun(session *session, kind removable, flags *changeFlags) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		options, err := flags.options()
		if err != nil {
			return err
		}
		engine, err := session.engine(cmd.Context())
		if err != nil {
			return err
		}
		defer engine.Close()
		d := deletion{session: session, removable: kind, engine: engine, clouds: flags.cloud.Access(), cloud: options.Cloud, options: options, flags: flags}
		return d.run(cmd.Context(), args[0])
	}
}

// removable is a kind of resource that runs make and delete.
type removable struct {
	noun                   string // as the command line has it
	createFlow, deleteFlow flow
	parts                  bool // a create makes more than the resource itself, which a delete must find
	// spec asks for the deletion of one that has this id or name.
	spec func(o workflows.RunOptions, word, run string) workflows.Spec
}

// deletion is one thing to be deleted.
type deletion struct {
	session *session
	removable
	engine  client.Client
	clouds  *activities.Clouds
	cloud   string
	options workflows.RunOptions
	flags   *changeFlags
}

// target is the thing to delete, as far as the cloud could tell.
type target struct {
	name   string // which its runs are called by
	id     string // "" if not known
	absent bool   // the cloud has no such thing
	run    string // id of the run that made it, if the cloud did not tell the thing's id; "" if not known
}

// run deletes what the user calls by a word.
func (d *deletion) run(ctx context.Context, word string) error {
	t, err := d.resolve(ctx, word)
	if err != nil {
		return err
	}
	if d.options.DryRun {
		return dryRun(ctx, d.session, d.engine, d.flags, d.change(t))
	}
	workflow := workflows.WorkflowID(d.noun, d.cloud, t.name)
	holder, err := d.holder(ctx, workflow)
	if err == nil && t.id == "" && d.parts {
		t.run, err = maker(ctx, d.engine, workflow, d.createFlow.kind, d.deleteFlow.kind)
	}
	switch {
	case err != nil:
		return err
	case holder.kind == "" && t.absent && t.run != "":
		fmt.Fprintf(d.session.errOut, "%s %s is not in cloud %s any more: deleting what is left of the run that made it (run id %s)\n", d.noun, t.name, d.cloud, t.run)
	case holder.kind == "" && t.absent:
		return fmt.Errorf("there is no %[1]s %[2]q in cloud %[3]s: see `novaflow %[1]s list`", d.noun, word, d.cloud)
	case holder.kind == d.createFlow.workflow:
		if gone, err := d.preempt(ctx, holder, t.name); err != nil || gone {
			return err
		}
	}
	return d.delete(ctx, t)
}

// resolve finds the thing. A cloud that this machine cannot ask leaves a name as it
// is: the worker will look again.
func (d *deletion) resolve(ctx context.Context, word string) (target, error) {
	ctx, cancel := context.WithTimeout(ctx, clouds.Timeout)
	defer cancel()
	found, err := clouds.Finders[d.noun](ctx, d.clouds, d.cloud, word)
	if err != nil {
		return target{name: word}, clouds.LeaveToWorker(d.session.errOut, d.cloud, d.noun, word, err)
	}
	var marked []activities.OwnedObject
	for _, s := range found {
		if s.Mark != "" {
			marked = append(marked, s)
		}
	}
	switch {
	case len(found) == 0:
		return target{name: word, absent: true}, nil // a create may be about to make it
	case len(marked) == 0:
		return target{}, fmt.Errorf("%[1]s %[2]s (%[3]s) was not made by novaflow; delete it with `openstack %[1]s delete %[3]s`", d.noun, found[0].Name, found[0].ID)
	case len(marked) > 1:
		return target{}, term.Usage("%d %ss made by novaflow are called %q: give an id", len(marked), d.noun, word)
	}
	return target{name: cmp.Or(marked[0].Name, marked[0].ID), id: marked[0].ID}, nil
}

// holder is the run that changes the thing now, or nothing.
func (d *deletion) holder(ctx context.Context, workflow string) (snapshot, error) {
	s, err := describe(ctx, d.engine, workflow, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && s.ended() {
		return snapshot{}, nil
	}
	return s, engineProblem(err)
}

// preempt ends a create that holds the thing. It returns true when nothing is
// left to delete.
func (d *deletion) preempt(ctx context.Context, s snapshot, name string) (gone bool, err error) {
	fmt.Fprintf(d.session.errOut, "%s %s is being created by run %s (run id %s): cancelling that first\n", d.noun, name, s.workflow, s.run)
	if err := requestCancel(ctx, d.engine, s, "the "+d.noun+" is to be deleted"); err != nil {
		return false, err
	}
	wait := d.flags.runFlags
	wait.wait, wait.noWait = true, false // a delete could not start before
	o, s, err := follow(ctx, d.session, d.engine, s.workflow, s.run, wait)
	if err != nil {
		return false, err
	}
	switch o.State {
	case string(saga.RunReverted):
		return d.nothingLeft(ctx, o, s, name)
	case string(saga.RunStuck):
		return false, reportFailure(d.session.out, "the create of "+d.noun+" "+name, o, s, d.flags.format)
	}
	return false, nil
}

// nothingLeft reports whether the cancelled create was all there was of the
// thing. If so, it says so.
func (d *deletion) nothingLeft(ctx context.Context, o outcome, s snapshot, name string) (bool, error) {
	left, err := clouds.Finders[d.noun](ctx, d.clouds, d.cloud, name)
	if err != nil || len(left) > 0 {
		return false, nil //nolint:nilerr // the delete will see
	}
	if d.flags.format.IsDocument() {
		return true, term.PrintDocument(d.session.out, d.flags.format, report{Workflow: s.workflow, Run: s.run, Outcome: o})
	}
	fmt.Fprintf(d.session.out, "%s %s was still being created; that was cancelled and taken back, and nothing of it remains\n", d.noun, name)
	return true, nil
}

// change is the run that deletes the thing.
func (d *deletion) change(t target) change {
	return change{
		resource: d.noun + " " + t.name, done: "deleted", id: workflows.WorkflowID(d.noun, d.cloud, t.name),
		flow: d.deleteFlow, summary: fmt.Sprintf("delete %s %s in %s", d.noun, t.name, d.cloud),
		spec: d.spec(d.options, cmp.Or(t.id, t.name), t.run), joins: true,
	}
}

// delete starts the run that deletes, or joins one that is under way.
func (d *deletion) delete(ctx context.Context, t target) error {
	c := d.change(t)
	_, err := beginRun(ctx, d.session, d.engine, d.flags, c)
	s, failed := describe(ctx, d.engine, c.id, "")
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &held) && failed == nil && s.kind == c.flow.workflow:
		fmt.Fprintf(d.session.errOut, "%s is being deleted already, by run %s (run id %s): following that\n", c.resource, s.workflow, s.run)
	case err != nil:
		return notStarted(ctx, d.engine, c.resource, c.id, err)
	case failed != nil:
		return engineProblem(failed)
	}
	return toItsEnd(ctx, d.session, d.engine, d.flags, c, s.run)
}
