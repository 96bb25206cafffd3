//go:build e2e

package test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/workflows/network"
)

// A terminated run skips all clean-up, and nobody owns what it created. Its history knows
// what that is, and a run that reads the history leaves nothing.
// https://github.com/michelangelo-ai/michelangelo/issues/1342
func TestLeakOfWhatATerminatedRunMade(t *testing.T) {
	for name, c := range map[string]struct {
		task  string // at work when the run is terminated
		begin func(*testing.T, *scene) client.WorkflowRun
	}{
		"server in its first volume": {"boot-volume-ready", createServer},
		"server in mid-build":        {"active", createServer},
		"network in mid-make":        {"gateway", createNetwork},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 2*time.Second)
			theStage.Worker(t, s.queue, s.file)
			run := c.begin(t, s)
			theStage.AwaitTask(t, run, c.task, saga.TaskRunning)
			require.NoError(t, theStage.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "by the test"))
			require.Error(t, theStage.Get(t, run, nil))
			require.NotEqual(t, s.before, s.Inventory(), "something must be left behind by then")
			require.NoError(t, theStage.Get(t, beginRevert(t, run, s.queue), nil))
			require.Equal(t, s.before, s.Inventory())
		})
	}
}

func createServer(t *testing.T, s *scene) client.WorkflowRun {
	return theStage.Create(t, s.queue, s.spec)
}

// createNetwork creates a network, for whose gateway neutron needs some time.
func createNetwork(t *testing.T, s *scene) client.WorkflowRun {
	s.refuse(t, "neutron PUT /routers/[^/]*$ delay:2 1")
	return s.begin(t, network.Create.Workflow, networkCreate(t, s))
}
