package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/workflows"
)

func (a *app) serverCreateCommand() *cobra.Command {
	var spec specFlags
	var cloud cloudFlags
	var run runFlags
	cmd := &cobra.Command{
		Use:   "create NAME --image IMAGE --flavor FLAVOR --network NETWORK",
		Short: "Create a server with its ports, volumes and addresses",
		Long: `Create a server with its ports, volumes, security group and floating IP.

Either all of it comes to exist, or everything that was made is taken back and the
reason is shown in the cloud's own words. The work goes on when this command is
interrupted: a worker does it, not this command.`,
		Example: `  novaflow server create web-1 --image tiny --flavor m1.small --network private
  novaflow server create db-1 --image tiny --flavor m1.small --network private,ip=10.10.0.7 \
      --boot-volume 10 --volume 100 --floating-ip auto --ingress tcp:22 --ingress tcp:5432:10.0.0.0/8`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := cloud.choose()
			if err != nil {
				return err
			}
			s, err := spec.spec(name, args[0])
			if err != nil {
				return usage("this server cannot be asked for:\n%s", list(err))
			}
			engine, err := a.engine(cmd.Context())
			if err != nil {
				return err
			}
			defer engine.Close()
			return a.createServer(cmd.Context(), engine, s, run)
		},
	}
	spec.add(cmd.Flags())
	cloud.add(cmd.Flags())
	run.add(cmd)
	completeSpec(cmd, &cloud)
	return cmd
}

// list shows joined errors as a list.
func list(err error) string { return "  - " + strings.ReplaceAll(err.Error(), "\n", "\n  - ") }

// createServer starts the run and follows it to its end.
func (a *app) createServer(ctx context.Context, engine client.Client, s workflows.ServerSpec, flags runFlags) error {
	id := workflows.ServerWorkflowID(s.Cloud, s.Name)
	started, err := engine.ExecuteWorkflow(ctx, a.startOptions(id, s.Cloud, workflows.ServerCreateKind, flags.queue, createSummary(s), createDetails(s)),
		workflows.ServerCreateName, s)
	if err != nil {
		return a.notStarted(ctx, engine, "server "+s.Name, id, err)
	}
	o, snap, err := a.follow(ctx, engine, id, started.GetRunID(), flags)
	if err != nil || snap.run == "" {
		return err
	}
	if o.State == string(saga.RunCommitted) {
		return a.reportServer(ctx, engine, snap, flags.format)
	}
	return a.reportFailure("server "+s.Name+" was not created", o, snap, flags.format)
}

// startOptions are those of every run. There is no workflow timeout: an engine
// that times a run out does not let it take anything back.
func (a *app) startOptions(id, cloud, kind, queue, summary, details string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: id, TaskQueue: queue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			saga.AttributeProject.ValueSet(cloud), saga.AttributeKind.ValueSet(kind)),
		StaticSummary: summary, StaticDetails: details,
	}
}

// createSummary is what the list of runs shows.
func createSummary(s workflows.ServerSpec) string {
	return fmt.Sprintf("create server %s in %s: %s from %s", s.Name, s.Cloud, s.Flavor, s.Image)
}

// createDetails is the request in Markdown.
func createDetails(s workflows.ServerSpec) string {
	request, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return ""
	}
	return "Requested:\n\n```json\n" + string(request) + "\n```\n"
}

// notStarted explains why a run could not be started. If another run holds the
// server, it says which.
func (a *app) notStarted(ctx context.Context, engine client.Client, what, id string, err error) error {
	var held *serviceerror.WorkflowExecutionAlreadyStarted
	if !errors.As(err, &held) {
		return startProblem(err)
	}
	s, err := describe(ctx, engine, id, held.RunId)
	if err != nil {
		return fmt.Errorf("%s is held by another run, %s", what, id)
	}
	return fmt.Errorf("%s is held by run %s of %s (run id %s), started %s ago; watch it with `novaflow run watch %s`",
		what, s.kind, id, s.run, duration(time.Since(s.started)), quote(id))
}

// startProblem puts an engine's refusal into words.
func startProblem(err error) error {
	var namespace *serviceerror.NamespaceNotFound
	var invalid *serviceerror.InvalidArgument
	switch {
	case errors.As(err, &namespace):
		return fmt.Errorf("the engine has no namespace %q: give --namespace", namespace.Namespace)
	case errors.As(err, &invalid) && strings.Contains(err.Error(), "Novaflow"):
		return fmt.Errorf("the engine lacks a search attribute (%w): start a `novaflow-worker` once, it registers them", err)
	}
	return fmt.Errorf("the run could not be started: %w", err)
}
