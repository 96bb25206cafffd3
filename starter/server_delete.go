package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows"
)

func (a *app) serverDeleteCommand() *cobra.Command {
	var flags changeFlags
	cmd := &cobra.Command{
		Use:   "delete NAME|ID",
		Short: "Delete a server and everything that was made for it",
		Long: `Delete a server and everything that was made for it by the run that created it: its
ports, volumes, security group and floating IP. What you brought yourself stays.

A create of this server that is still under way is cancelled first, and takes back
what it has made. A server that novaflow did not make is refused.
If somebody else deleted the server, what is left of its parts is deleted.`,
		Example: "  novaflow server delete web-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := flags.options()
			if err != nil {
				return err
			}
			engine, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			defer engine.Close()
			d := deletion{app: a, engine: engine, clouds: flags.cloud.clouds(), cloud: options.Cloud, options: options, flags: &flags}
			return d.run(cmd.Context(), args[0])
		},
	}
	flags.addForward(cmd)
	cmd.ValidArgsFunction = completeServers(&flags.cloud)
	return cmd
}

// deletion is one server to be deleted.
type deletion struct {
	*app
	engine  client.Client
	clouds  *activities.Clouds
	cloud   string
	options workflows.RunOptions
	flags   *changeFlags
}

// target is the server to delete, as far as the cloud could tell.
type target struct {
	name   string // which its runs are called by
	id     string // "" if not known
	absent bool   // the cloud has no such server
	run    string // id of the run that made it, if the cloud did not tell the server's id; "" if not known
}

// run deletes what the user calls the server.
func (d *deletion) run(ctx context.Context, word string) error {
	t, err := d.resolve(ctx, word)
	if err != nil {
		return err
	}
	if d.options.DryRun {
		return d.dryRun(ctx, d.engine, d.flags, d.change(t))
	}
	workflow := workflows.ServerWorkflowID(d.cloud, t.name)
	holder, err := d.holder(ctx, workflow)
	if err == nil && t.id == "" {
		t.run, err = maker(ctx, d.engine, workflow)
	}
	switch {
	case err != nil:
		return err
	case holder.kind == "" && t.absent && t.run != "":
		fmt.Fprintf(d.errOut, "server %s is not in cloud %s any more: deleting what is left of the run that made it (run id %s)\n", t.name, d.cloud, t.run)
	case holder.kind == "" && t.absent:
		return fmt.Errorf("there is no server %q in cloud %s: see `novaflow server list`", word, d.cloud)
	case holder.kind == workflows.ServerCreateName:
		if gone, err := d.preempt(ctx, holder, t.name); err != nil || gone {
			return err
		}
	}
	return d.delete(ctx, t)
}

// resolve finds the server. A cloud that this machine cannot ask leaves the word
// as it is: the worker will look again.
func (d *deletion) resolve(ctx context.Context, word string) (target, error) {
	ctx, cancel := context.WithTimeout(ctx, cloudTimeout)
	defer cancel()
	found, err := d.clouds.Server(ctx, d.cloud, word)
	if err != nil {
		fmt.Fprintf(d.errOut, "novaflow: the cloud cannot be asked from here, leaving it to the worker: %s\n", oneLine(err.Error()))
		return target{name: word}, nil
	}
	var marked []activities.Server
	for _, s := range found {
		if s.Mark != "" {
			marked = append(marked, s)
		}
	}
	switch {
	case len(found) == 0:
		return target{name: word, absent: true}, nil // a create may be about to make it
	case len(marked) == 0:
		return target{}, fmt.Errorf("server %s (%s) was not made by novaflow; delete it with `openstack server delete %s`", found[0].Name, found[0].ID, found[0].ID)
	case len(marked) > 1:
		return target{}, usage("%d servers made by novaflow are called %q: give an id", len(marked), word)
	}
	return target{name: marked[0].Name, id: marked[0].ID}, nil
}

// holder is the run that changes the server now, or nothing.
func (d *deletion) holder(ctx context.Context, workflow string) (snapshot, error) {
	s, err := describe(ctx, d.engine, workflow, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && s.ended() {
		return snapshot{}, nil
	}
	return s, engineProblem(err)
}

// preempt ends a create that holds the server. It returns true when nothing is
// left to delete.
func (d *deletion) preempt(ctx context.Context, s snapshot, name string) (gone bool, err error) {
	fmt.Fprintf(d.errOut, "server %s is being created by run %s (run id %s): cancelling that first\n", name, s.workflow, s.run)
	if err := requestCancel(ctx, d.engine, s, "the server is to be deleted"); err != nil {
		return false, err
	}
	wait := d.flags.runFlags
	wait.wait, wait.noWait = true, false // a delete could not start before
	o, s, err := d.follow(ctx, d.engine, s.workflow, s.run, wait)
	if err != nil {
		return false, err
	}
	switch o.State {
	case string(saga.RunReverted):
		return d.nothingLeft(ctx, o, s, name)
	case string(saga.RunStuck):
		return false, d.reportFailure("the create of server "+name, o, s, d.flags.format)
	}
	return false, nil
}

// nothingLeft reports whether the cancelled create was all there was of the
// server. If so, it says so.
func (d *deletion) nothingLeft(ctx context.Context, o outcome, s snapshot, name string) (bool, error) {
	left, err := d.clouds.Server(ctx, d.cloud, name)
	if err != nil || len(left) > 0 {
		return false, nil //nolint:nilerr // the delete will see
	}
	if d.flags.format.document() {
		return true, printDocument(d.out, d.flags.format, report{Workflow: s.workflow, Run: s.run, Outcome: o})
	}
	fmt.Fprintf(d.out, "server %s was still being created; that was cancelled and taken back, and nothing of it remains\n", name)
	return true, nil
}

// change is the run that deletes the server.
func (d *deletion) change(t target) change {
	return change{
		resource: "server " + t.name, done: "deleted", id: workflows.ServerWorkflowID(d.cloud, t.name),
		workflow: workflows.ServerDeleteName, kind: workflows.ServerDeleteKind, summary: fmt.Sprintf("delete server %s in %s", t.name, d.cloud),
		spec: workflows.DeleteSpec{RunOptions: d.options, Server: firstNonEmpty(t.id, t.name), Run: t.run},
	}
}

// delete starts the run that deletes, or joins one that is under way.
func (d *deletion) delete(ctx context.Context, t target) error {
	c := d.change(t)
	_, err := d.engine.ExecuteWorkflow(ctx, c.start(d.flags).options(), c.workflow, c.spec)
	s, failed := describe(ctx, d.engine, c.id, "")
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	switch {
	case errors.As(err, &held) && failed == nil && s.kind == c.workflow:
		fmt.Fprintf(d.errOut, "%s is being deleted already, by run %s (run id %s): following that\n", c.resource, s.workflow, s.run)
	case err != nil:
		return d.notStarted(ctx, d.engine, c.resource, c.id, err)
	case failed != nil:
		return engineProblem(failed)
	}
	return d.toItsEnd(ctx, d.engine, d.flags, c, s.run)
}
