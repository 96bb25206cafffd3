package change

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
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/term"
	"novaflow/workflows/spec"
)

// RunDelete returns the RunE of a command that deletes.
func RunDelete(session *runs.Session, kind Removable, flags *Flags) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		options, err := flags.Options()
		if err != nil {
			return err
		}
		engine, err := session.Dial(cmd.Context())
		if err != nil {
			return err
		}
		defer engine.Close()
		d := deletion{session: session, Removable: kind, engine: engine, clouds: flags.Cloud.Access(),
			cloud: options.Cloud, options: options, flags: flags}
		return d.run(cmd.Context(), args[0])
	}
}

// Removable is a kind of resource that runs create and delete.
type Removable struct {
	Noun                   string // as the command line has it
	CreateFlow, DeleteFlow Flow
	Parts                  bool // a create also creates other resources, which a deletion must find
	// Spec returns the input of the workflow that deletes the resource with this id or
	// name.
	Spec func(o spec.RunOptions, word, run string) spec.Spec
}

// deletion deletes one resource.
type deletion struct {
	session *runs.Session
	Removable
	engine  client.Client
	clouds  *activities.Clouds
	cloud   string
	options spec.RunOptions
	flags   *Flags
}

// target is the resource to delete, as far as the cloud knows it.
type target struct {
	name   string // in the workflow ids of its runs
	id     string // "" if not known
	absent bool   // the cloud has no such resource
	run    string // id of the run that created it, if the cloud has no id; "" if not known
}

// run deletes the resource with this name or id.
func (d *deletion) run(ctx context.Context, word string) error {
	t, err := d.resolve(ctx, word)
	if err != nil {
		return err
	}
	if d.options.DryRun {
		return dryRun(ctx, d.session, d.engine, d.flags, d.change(t))
	}
	workflow := spec.WorkflowID(d.Noun, d.cloud, t.name)
	holder, err := d.holder(ctx, workflow)
	if err == nil && t.id == "" && d.Parts {
		t.run, err = findMaker(ctx, d.engine, workflow, d.CreateFlow.Kind, d.DeleteFlow.Kind)
	}
	switch {
	case err != nil:
		return err
	case holder.Kind == "" && t.absent && t.run != "":
		fmt.Fprintf(d.session.ErrOut, "%s %s is not in cloud %s any more: deleting what is left of the run that "+
			"created it (run id %s)\n", d.Noun, t.name, d.cloud, t.run)
	case holder.Kind == "" && t.absent:
		return fmt.Errorf("there is no %[1]s %[2]q in cloud %[3]s: see `novaflow %[1]s list`", d.Noun, word, d.cloud)
	case holder.Kind == d.CreateFlow.Workflow:
		if gone, err := d.preempt(ctx, holder, t.name); err != nil || gone {
			return err
		}
	}
	return d.delete(ctx, t)
}

// resolve finds the resource. If this machine cannot ask the cloud, a name stays as it is
// and the worker looks it up.
func (d *deletion) resolve(ctx context.Context, word string) (target, error) {
	ctx, cancel := context.WithTimeout(ctx, clouds.Timeout)
	defer cancel()
	found, err := clouds.Finders[d.Noun](ctx, d.clouds, d.cloud, word)
	if err != nil {
		return target{name: word}, clouds.LeaveToWorker(d.session.ErrOut, d.cloud, d.Noun, word, err)
	}
	var marked []activities.OwnedObject
	for _, s := range found {
		if s.Mark != "" {
			marked = append(marked, s)
		}
	}
	switch {
	case len(found) == 0:
		return target{name: word, absent: true}, nil // a create may be about to create it
	case len(marked) == 0:
		return target{}, fmt.Errorf("%[1]s %[2]s (%[3]s) was not created by novaflow; delete it with `openstack "+
			"%[1]s delete %[3]s`", d.Noun, found[0].Name, found[0].ID)
	case len(marked) > 1:
		return target{}, term.Usage("%d %ss created by novaflow are called %q: give an id", len(marked), d.Noun, word)
	}
	return target{name: cmp.Or(marked[0].Name, marked[0].ID), id: marked[0].ID}, nil
}

// holder returns the run that changes the resource now. The snapshot is empty if there is
// none.
func (d *deletion) holder(ctx context.Context, workflow string) (runs.Snapshot, error) {
	s, err := runs.Describe(ctx, d.engine, workflow, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && s.Ended() {
		return runs.Snapshot{}, nil
	}
	return s, runs.EngineError(err)
}

// preempt cancels a create that holds the resource. It returns true when nothing is left
// to delete.
func (d *deletion) preempt(ctx context.Context, s runs.Snapshot, name string) (gone bool, err error) {
	fmt.Fprintf(d.session.ErrOut, "%s %s is being created by run %s (run id %s): cancelling that first\n", d.Noun, name,
		s.Workflow, s.Run)
	if err := runs.RequestCancel(ctx, d.engine, s, "the "+d.Noun+" is to be deleted"); err != nil {
		return false, err
	}
	wait := d.flags.RunFlags
	wait.Wait, wait.NoWait = true, false // a delete could not start before
	o, s, err := Follow(ctx, d.session, d.engine, s.Workflow, s.Run, wait)
	if err != nil {
		return false, err
	}
	switch o.State {
	case string(saga.RunReverted):
		return d.nothingLeft(ctx, o, s, name)
	case string(saga.RunStuck):
		return false, ReportFailure(d.session.Out, "the create of "+d.Noun+" "+name, o, s, d.flags.Format)
	}
	return false, nil
}

// nothingLeft reports whether the cancelled create left nothing of the resource. If so,
// it shows the user.
func (d *deletion) nothingLeft(ctx context.Context, o runs.Outcome, s runs.Snapshot, name string) (bool, error) {
	left, err := clouds.Finders[d.Noun](ctx, d.clouds, d.cloud, name)
	if err != nil || len(left) > 0 {
		return false, nil //nolint:nilerr // the delete will see
	}
	if d.flags.Format.IsDocument() {
		return true, term.PrintDocument(d.session.Out, d.flags.Format,
			Report{Workflow: s.Workflow, Run: s.Run, Outcome: o})
	}
	fmt.Fprintf(d.session.Out,
		"%s %s was still being created; that was cancelled and reverted, and nothing of it remains\n", d.Noun, name)
	return true, nil
}

// change returns the request to delete the resource.
func (d *deletion) change(t target) Request {
	return Request{
		Resource: d.Noun + " " + t.name, Done: "deleted", ID: spec.WorkflowID(d.Noun, d.cloud, t.name),
		Flow: d.DeleteFlow, Summary: fmt.Sprintf("delete %s %s in %s", d.Noun, t.name, d.cloud),
		Spec: d.Spec(d.options, cmp.Or(t.id, t.name), t.run), joins: true,
	}
}

// delete starts the run that deletes the resource, or joins one that is under way.
func (d *deletion) delete(ctx context.Context, t target) error {
	request := d.change(t)
	_, err := beginRun(ctx, d.session, d.engine, d.flags, request)
	s, failed := runs.Describe(ctx, d.engine, request.ID, "")
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &held) && failed == nil && s.Kind == request.Flow.Workflow:
		fmt.Fprintf(d.session.ErrOut, "%s is being deleted already, by run %s (run id %s): following that\n",
			request.Resource, s.Workflow, s.Run)
	case err != nil:
		return NotStartedError(ctx, d.engine, request.Resource, request.ID, err)
	case failed != nil:
		return runs.EngineError(failed)
	}
	return followToEnd(ctx, d.session, d.engine, d.flags, request, s.Run)
}
