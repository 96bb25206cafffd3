package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/network"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// A router times out in create. The bug: its id was never stored, so every retry creates
// one more until the quota is full.
// https://github.com/terraform-provider-openstack/terraform-provider-openstack/issues/1011
func TestLeakOfTwinRoutersWhenTheCreateTimesOut(t *testing.T) {
	for _, lost := range []string{"after:504", "after:500", "drop"} {
		t.Run(lost, func(t *testing.T) {
			w := leakWorld(t, "neutron POST /(networks|routers)$ "+lost+" 2", "neutron PUT /routers/ "+lost+" 2")
			require.NoError(t, w.begin(network.Create.Workflow, wholeNetwork).end())
			w.happened(t)
			require.Equal(t, 1, w.Calls()["neutron POST /networks"]+w.Calls()["neutron POST /routers"]-1)
			require.NoError(t, w.begin(network.Delete.Workflow, deleteNetwork).end())
			w.asEmpty(t)
		})
	}
}

// The step that fails has had its effect: the interface is there, nobody heard of
// it, and it holds the router, the subnet and the network for ever.
// https://github.com/oxidecomputer/omicron/issues/10695
func TestLeakOfAnInterfaceThatNobodyHeardOf(t *testing.T) {
	w := leakWorld(t, "neutron PUT /add_router_interface$ drop 1")
	// The second attempt looks for it, and may not.
	w.AddFault(devcloud.Fault{Service: "neutron", Method: "GET", Path: "/ports$", Action: "own:403", Count: 1, Skip: 1})
	r := w.nothingLeft(t, w.begin(network.Create.Workflow, wholeNetwork).end(), "injected by devcloud")
	require.Equal(t, "interface-0", r.Task)
}

// A security group, and then all that it belongs to, is stuck behind a port that
// was left.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/723
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2576
func TestLeakBehindAPortIsNamedBeforeAnythingGoes(t *testing.T) {
	w := leakWorld(t)
	require.NoError(t, w.begin(network.Create.Workflow, wholeNetwork).end())
	theirs := w.othersPortOn(t, wholeNetwork.Name)
	before := w.Inventory()
	err := w.begin(network.Delete.Workflow, deleteNetwork).end()
	require.ErrorContains(t, err, `port "theirs" (`+theirs.ID+`)`)
	require.Equal(t, before, w.Inventory(), "nobody must lose a router")
	w.activity(t, "RemovePort", saga.Intent[activities.OwnedObject]{In: theirs.OwnedObject}, nil)
	require.NoError(t, w.begin(network.Delete.Workflow, deleteNetwork).end())
	w.asEmpty(t)
}

// othersPortOn creates a port for another run on a network.
func (w *cloudWorld) othersPortOn(t testing.TB, onNetwork string) (made neutron.Port) {
	t.Helper()
	at := slices.IndexFunc(w.Cloud.Inventory(), func(o devcloud.Object) bool { return o.Kind == "network" && o.Name == onNetwork })
	w.activity(t, "CreatePort", saga.Intent[neutron.CreatePortInput]{
		Mark: saga.Mark(saga.RunPrefix("another-run") + "port-0#1"),
		In:   neutron.CreatePortInput{Cloud: "devcloud", Name: "theirs", NetworkID: w.Cloud.Inventory()[at].ID},
	}, &made)
	return made
}

// activity runs one activity.
func (w *cloudWorld) activity(t testing.TB, name string, in, out any) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	activities.Register(env, w.clouds)
	value, err := env.ExecuteActivity(name, in)
	require.NoError(t, err)
	if out != nil {
		require.NoError(t, value.Get(out))
	}
}

// A port that comes while the network is being deleted keeps it, and the run says
// so instead of ending.
func TestStuckNetworkSaysWhoHoldsIt(t *testing.T) {
	w := leakWorld(t)
	w.clouds.SetPatience(100 * time.Millisecond) // it would wait for this conflict in real time
	require.NoError(t, w.begin(network.Create.Workflow, wholeNetwork).end())
	w.fault(t, "neutron DELETE /networks/ own:409 999 Unable to complete operation on network. There are one or more ports still in use")
	var ledger saga.Ledger
	req := deleteNetwork
	req.Deadline = spec.Duration(time.Minute)
	a := w.begin(network.Delete.Workflow, req, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			v, err := env.QueryWorkflow(saga.LedgerQuery)
			require.NoError(t, err)
			require.NoError(t, v.Get(&ledger))
			w.ClearFaults()
		}, 2*time.Minute)
	})
	require.NoError(t, a.end())
	require.Equal(t, saga.RunStuck, ledger.State)
	w.asEmpty(t)
}

// The clean-up goes by name, and takes what others have given the same name.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/pull/798
func TestLeakCureDoesNotTakeTheNetworksOfOthers(t *testing.T) {
	w := leakWorld(t)
	req := wholeNetwork
	req.Name = "private" // as others call theirs, here and in another project
	require.NoError(t, w.begin(network.Create.Workflow, req).end())
	remove := deleteNetwork
	remove.Network = "private"
	require.NoError(t, w.begin(network.Delete.Workflow, remove).end())
	w.asEmpty(t)
	w.fault(t, "neutron POST /subnets$ own:409 1 Quota exceeded for resources: ['subnet'].")
	w.nothingLeft(t, w.begin(network.Create.Workflow, req).end(), "Quota exceeded")
}

// A user-supplied router loses the interfaces and nothing else.
func TestARouterThatIsThereServesAndStays(t *testing.T) {
	w := leakWorld(t)
	req := wholeNetwork
	req.NewRouter, req.ExternalNetwork, req.Router = false, "", "demo-router"
	require.NoError(t, w.begin(network.Create.Workflow, req).end())
	require.NoError(t, w.begin(network.Delete.Workflow, deleteNetwork).end())
	w.asEmpty(t)
	req.Subnets = []topology.SubnetSpec{{CIDR: "10.10.4.0/24"}}
	err := w.begin(network.Create.Workflow, req).end()
	require.ErrorContains(t, err, "10.10.4.0/24 overlaps with 10.10.0.0/16")
	w.asEmpty(t)
}
