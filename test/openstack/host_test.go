//go:build openstack

package openstack

import (
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	computeservices "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/services"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/host"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
)

// A drain could leave a host out of use, or a server in VERIFY_RESIZE. Nobody finds these
// until the capacity is gone.
func TestAHostIsEmptiedAndUsedAgain(t *testing.T) {
	if adminCloud == "" {
		t.Log("NOVAFLOW_TEST_ADMIN_CLOUD names no cloud: hosts are for administrators")
		return
	}
	before := inventory(t)
	runs, rests := forChanges(t, false), forChanges(t, false)
	admin := spec.RunOptions{Cloud: adminCloud}
	hostName := hostOf(t, runs)
	if hostOf(t, rests) != hostName {
		require.NoError(t, rests.migrate(server.MigrateSpec{Server: rests.made.ID, Host: hostName}, nil))
	}
	require.NoError(t, rests.do(server.Power.Workflow,
		server.PowerSpec{RunOptions: options, Server: rests.spec.Name, Verb: "stop"}, nil))
	drain := func() client.WorkflowRun {
		return runOf(t, runs.queue, spec.WorkflowID("host", adminCloud, hostName), host.Drain.Workflow,
			host.DrainSpec{RunOptions: admin, Host: hostName})
	}
	cancelled := drain()
	theStage.AwaitTask(t, cancelled, "servers/left-0", saga.TaskRunning)
	require.NoError(t, theStage.CancelWorkflow(t.Context(), cancelled.GetID(), cancelled.GetRunID()))
	require.True(t, temporal.IsCanceledError(theStage.Get(t, cancelled, nil)))
	require.Equal(t, "enabled", service(t, hostName).Status)
	require.Equal(t, "ACTIVE SHUTOFF", runs.now().Status+" "+rests.now().Status, "none is on its way")
	var got host.Drained
	require.NoError(t, theStage.Get(t, drain(), &got))
	require.Empty(t, got.Stayed)
	require.Equal(t, "disabled", service(t, hostName).Status)
	for _, c := range []changed{runs, rests} {
		require.NotEqual(t, hostName, hostOf(t, c))
	}
	require.Equal(t, "ACTIVE SHUTOFF", runs.now().Status+" "+rests.now().Status)
	enable(t, hostName)
	remove(t, runs.queue, runs.spec)
	remove(t, rests.queue, rests.spec)
	requireSame(t, before)
}

// The servers of a dead host are built again on others, but never while the host may be
// alive. They would run twice, on one disk.
func TestTheServersOfADeadHostAreBuiltAnew(t *testing.T) {
	if adminCloud == "" || servicesCommand == "" {
		t.Log("NOVAFLOW_TEST_ADMIN_CLOUD or NOVAFLOW_SERVICES names nothing: hosts are for administrators, and this " +
			"one has to die")
		return
	}
	before, c := inventory(t), forChanges(t, true)
	hostName := hostOf(t, c)
	req := host.DrainSpec{RunOptions: spec.RunOptions{Cloud: adminCloud}, Host: hostName, Dead: true}
	evacuate := func(result any) error {
		return theStage.Get(t,
			runOf(t, c.queue, spec.WorkflowID("host", adminCloud, hostName), host.Drain.Workflow, req), result)
	}
	require.ErrorContains(t, evacuate(nil), "run twice")
	require.Equal(t, hostName, hostOf(t, c))
	start := breakService(t, "kill", "start", "nova-"+hostName)
	stage.Await(t, "nova to call the host down", func() bool { return service(t, hostName).State == "down" })
	var got host.Drained
	require.NoError(t, evacuate(&got))
	require.Empty(t, got.Stayed)
	require.Len(t, got.Moved, 1)
	require.NotEqual(t, hostName, hostOf(t, c))
	require.Equal(t, "ACTIVE", c.now().Status)
	start()
	stage.Await(t, "the host to be up", func() bool { return service(t, hostName).State == "up" })
	enable(t, hostName)
	remove(t, c.queue, c.spec)
	requireSame(t, before)
}

// enable puts a host into use again, as an administrator does after a repair.
func enable(t *testing.T, hostName string) {
	t.Helper()
	id := service(t, hostName).ID
	_, err := computeservices.Update(t.Context(), adminCompute(t), id,
		computeservices.UpdateOpts{Status: computeservices.ServiceEnabled}).Extract()
	require.NoError(t, err)
}

func adminCompute(t *testing.T) *gophercloud.ServiceClient {
	t.Helper()
	provider, endpoint := connect(t, adminCloud)
	compute, err := openstack.NewComputeV2(provider, endpoint)
	require.NoError(t, err)
	compute.Microversion = "2.53" // from which services have ids
	return compute
}

// hostOf asks for the host of a server, which nova shows to administrators only.
func hostOf(t *testing.T, c changed) string {
	t.Helper()
	s, err := servers.Get(t.Context(), adminCompute(t), c.made.ID).Extract()
	require.NoError(t, err)
	return s.Host
}

// service finds the compute service of a host.
func service(t *testing.T, hostName string) computeservices.Service {
	t.Helper()
	found := extract(t, computeservices.List(adminCompute(t),
		computeservices.ListOpts{Binary: "nova-compute", Host: hostName}), computeservices.ExtractServices)
	require.Len(t, found, 1)
	return found[0]
}
