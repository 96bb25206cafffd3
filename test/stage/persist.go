package stage

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// again is the pause before an engine that did not answer is asked again.
const again = 200 * time.Millisecond

// begin starts a ServerCreate, in spite of an engine that is away.
func (s *Stage) begin(ctx context.Context, queue string, req server.CreateSpec) (run client.WorkflowRun, err error) {
	id := spec.ServerWorkflowID(req.Cloud, req.Name)
	err = persist(ctx, func() error {
		run, err = s.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: queue, WorkflowTaskTimeout: spec.StepTimeout,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}, server.Create.Workflow, req)
		return err
	})
	return run, err
}

// beginDelete starts a ServerDelete, in spite of an engine that is away.
func (s *Stage) beginDelete(ctx context.Context, queue, cloud, name string) (run client.WorkflowRun, err error) {
	err = persist(ctx, func() error {
		run, err = s.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: spec.ServerWorkflowID(cloud, name), TaskQueue: queue, WorkflowTaskTimeout: spec.StepTimeout,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}, server.Delete.Workflow, server.DeleteSpec{RunOptions: spec.RunOptions{Cloud: cloud}, Server: name})
		return err
	})
	return run, err
}

func (s *Stage) cancel(ctx context.Context, run client.WorkflowRun) error {
	return persist(ctx, func() error {
		err := s.CancelWorkflow(ctx, run.GetID(), run.GetRunID())
		if _, ended := errors.AsType[*serviceerror.NotFound](err); ended {
			return nil
		}
		return err
	})
}

// end waits until the run has ended and returns what it ended with.
func (s *Stage) end(ctx context.Context, run client.WorkflowRun, result any) (outcome error) {
	err := persist(ctx, func() error {
		outcome = run.Get(ctx, result)
		if _, ended := errors.AsType[*temporal.WorkflowExecutionError](outcome); ended {
			return nil
		}
		return outcome
	})
	if err != nil {
		return fmt.Errorf("wait for run %s: %w", run.GetRunID(), err)
	}
	return outcome
}

// persist tries until it works or the context ends.
func persist(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(again):
		}
	}
}
