//go:build openstack

// Package openstack proves the flows on a real OpenStack: the one that
// NOVAFLOW_TEST_CLOUD names in clouds.yaml. NOVAFLOW_TEST_IMAGE, _FLAVOR, _NETWORK and
// _EXTERNAL choose the parts of the servers.
package openstack

import (
	"cmp"
	"fmt"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

var (
	theStage     *stage.Stage
	cloudName    = os.Getenv("NOVAFLOW_TEST_CLOUD")
	leaksCommand = os.Getenv("NOVAFLOW_LEAKS") // a program that fails when the cloud holds more than it should
	imageName    = cmp.Or(os.Getenv("NOVAFLOW_TEST_IMAGE"), "tiny")
	flavorName   = cmp.Or(os.Getenv("NOVAFLOW_TEST_FLAVOR"), "m1.nano")
	networkName  = cmp.Or(os.Getenv("NOVAFLOW_TEST_NETWORK"), "private")
	externalName = cmp.Or(os.Getenv("NOVAFLOW_TEST_EXTERNAL"), "public")
)

func TestMain(m *testing.M) {
	if cloudName == "" {
		fmt.Fprintln(os.Stderr, "NOVAFLOW_TEST_CLOUD names no cloud of clouds.yaml")
		os.Exit(1)
	}
	os.Exit(stage.Run(m, &theStage))
}

// serverSpec asks for everything that a server can have, under a name of the test's own.
func serverSpec() server.CreateSpec {
	return server.CreateSpec{
		RunOptions: spec.RunOptions{Cloud: cloudName}, Name: "novaflow-test-" + uuid.NewString()[:8], Image: imageName, Flavor: flavorName,
		Ports: []server.PortSpec{{Network: networkName}}, BootVolume: 1, Volumes: []server.VolumeSpec{{Size: 1}},
		FloatingIP: externalName, Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
	}
}

func worker(t *testing.T) string {
	t.Helper()
	queue := stage.Queue()
	theStage.Worker(t, queue)
	return queue
}

// runOf starts a workflow under the id of what it changes.
func runOf(t *testing.T, queue, id, workflow string, spec any) client.WorkflowRun {
	t.Helper()
	run, err := theStage.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: queue, WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
	}, workflow, spec)
	require.NoError(t, err)
	return run
}

func TestAServerIsMadeWholeAndDeletedWhole(t *testing.T) {
	before, queue, spec := inventory(t), worker(t), serverSpec()
	var got server.Server
	require.NoError(t, theStage.Get(t, theStage.Create(t, queue, spec), &got))
	require.Equal(t, "ACTIVE", got.Status)
	require.NotEmpty(t, got.Addresses)
	require.NotEmpty(t, got.FloatingIP)
	require.Len(t, inventory(t), len(before)+6, "server, port, 2 volumes, floating IP, security group")
	remove(t, queue, spec)
	requireSame(t, before)
}

func remove(t *testing.T, queue string, spec server.CreateSpec) {
	t.Helper()
	require.NoError(t, theStage.Get(t, theStage.Delete(t, queue, spec.Cloud, spec.Name), nil))
}

// OpenTofu 1.12 prints "last error: nil" here and leaves everything behind.
func TestNoValidHostIsSaidInNovasWordsAndNothingIsLeft(t *testing.T) {
	before, queue, spec := inventory(t), worker(t), serverSpec()
	spec.Flavor = cmp.Or(os.Getenv("NOVAFLOW_TEST_HUGE_FLAVOR"), "m1.impossible")
	err := theStage.Get(t, theStage.Create(t, queue, spec), nil)
	require.ErrorContains(t, err, "No valid host was found")
	requireReverted(t, err, "active")
	requireSame(t, before)
}

func requireReverted(t *testing.T, err error, task string) {
	t.Helper()
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	var detail saga.Reverted
	require.NoError(t, app.Details(&detail))
	require.Equal(t, task, detail.Task)
}

func TestCancelInTheMiddleTakesEverythingBack(t *testing.T) {
	for _, task := range []string{"boot-volume", "server", "active"} {
		t.Run(task, func(t *testing.T) {
			before, queue, spec := inventory(t), worker(t), serverSpec()
			run := theStage.Create(t, queue, spec)
			theStage.AwaitTask(t, run, task, saga.TaskRunning)
			require.NoError(t, theStage.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()))
			require.True(t, temporal.IsCanceledError(theStage.Get(t, run, nil)))
			require.Equal(t, saga.RunReverted, theStage.Ledger(t, run).State)
			requireSame(t, before)
		})
	}
}

func TestAllProblemsOfARequestAreFoundBeforeTheFirstEffect(t *testing.T) {
	before, queue, spec := inventory(t), worker(t), serverSpec()
	spec.Image, spec.Flavor, spec.Ports[0].Network, spec.KeyName = "no-image", "no-flavor", "no-network", "no-key"
	spec.Volumes = []server.VolumeSpec{{Size: 10_000_000}}
	err := theStage.Get(t, theStage.Create(t, queue, spec), nil)
	for _, want := range []string{"no-image", "no-flavor", "no-network", "no-key", "gigabytes"} {
		require.ErrorContains(t, err, want)
	}
	requireReverted(t, err, "request")
	requireSame(t, before)
}
