//go:build openstack

package openstack

import (
	"os"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/activities"
	"novaflow/workflows/network"
	"novaflow/workflows/ownership"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// networkSpec asks for everything that a network can have.
func networkSpec() topology.Spec {
	return topology.Spec{
		RunOptions: spec.RunOptions{Cloud: cloudName}, Name: "novaflow-test-" + uuid.NewString()[:8],
		Subnets: []topology.SubnetSpec{
			{CIDR: "10.177.0.0/24", DNS: []string{"192.0.2.53"}},
			{CIDR: "fd00:177::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"},
			{CIDR: "fd00:178::/64", Gateway: "fd00:178::1", IPv6RAMode: "dhcpv6-stateful",
				IPv6AddressMode: "dhcpv6-stateful"},
		},
		NewRouter: true, ExternalNetwork: externalName, Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
	}
}

// networkRun starts a workflow that changes a network.
func networkRun(t *testing.T, queue, name, workflow string, req any) client.WorkflowRun {
	t.Helper()
	return runOf(t, queue, spec.NetworkWorkflowID(cloudName, name), workflow, req)
}

// networkInventory lists the inventory with what only networks have.
func networkInventory(t *testing.T) []string {
	t.Helper()
	_, network, _ := services(t)
	all := slices.Concat(inventory(t),
		list(t, "network", networks.List(network, networks.ListOpts{}), networks.ExtractNetworks,
			func(n networks.Network) string { return n.ID + " " + n.Name }),
		list(t, "subnet", subnets.List(network, subnets.ListOpts{}), subnets.ExtractSubnets,
			func(s subnets.Subnet) string { return s.ID + " " + s.CIDR }),
		list(t, "router", routers.List(network, routers.ListOpts{}), routers.ExtractRouters,
			func(r routers.Router) string { return r.ID + " " + r.Name }),
	)
	slices.Sort(all)
	return all
}

func TestANetworkIsMadeWholeAndDeletedWhole(t *testing.T) {
	before, queue, req := networkInventory(t), worker(t), networkSpec()
	var made topology.Network
	require.NoError(t, theStage.Get(t, networkRun(t, queue, req.Name, network.Create.Workflow, req), &made))
	require.Len(t, made.Subnets, 3)
	require.NotEmpty(t, made.ExternalIPs)
	require.Len(t, networkInventory(t), len(before)+8, "network, 3 subnets, router, 2 interfaces, security group")
	remove := network.DeleteSpec{RunOptions: spec.RunOptions{Cloud: cloudName}, Network: req.Name}
	require.NoError(t, theStage.Get(t, networkRun(t, queue, req.Name, network.Delete.Workflow, remove), nil))
	require.Equal(t, before, networkInventory(t))
	requireSame(t, inventory(t))
}

// A released network stays whole. A network that was created by hand is adopted with its
// subnets.
func TestANetworkIsReleasedAndAdoptedOrAsItWas(t *testing.T) {
	before, queue, req := networkInventory(t), worker(t), networkSpec()
	req.NewRouter, req.ExternalNetwork, req.Ingress = false, "", nil
	run := func(workflow string, input, result any) error {
		return theStage.Get(t, networkRun(t, queue, req.Name, workflow, input), result)
	}
	var made topology.Network
	require.NoError(t, run(network.Create.Workflow, req, &made))
	_, networkAPI, _ := services(t)
	description := func() string {
		n, err := networks.Get(t.Context(), networkAPI, made.ID).Extract()
		require.NoError(t, err)
		return n.Description
	}
	mark := ownership.MarkSpec{RunOptions: req.RunOptions, Kind: activities.KindNetwork, Name: req.Name}
	remove := network.DeleteSpec{RunOptions: req.RunOptions, Network: req.Name}
	under(t, "neutron PUT /subnets/ after:500 1",
		func() { require.NoError(t, run(ownership.Release.Workflow, mark, nil)) })
	require.Empty(t, description())
	require.ErrorContains(t, run(network.Delete.Workflow, remove, nil), "not created by novaflow")
	if faultFile != "" {
		under(t, "neutron PUT /networks/ 400", func() { require.Error(t, run(ownership.Adopt.Workflow, mark, nil)) })
		require.Empty(t, description())
	}
	var got ownership.Adopted
	under(t, "neutron PUT /networks/ drop 1", func() { require.NoError(t, run(ownership.Adopt.Workflow, mark, &got)) })
	require.Equal(t, string(got.Mark), description())
	require.NoError(t, run(network.Delete.Workflow, remove, nil))
	require.Equal(t, before, networkInventory(t))
	requireSame(t, inventory(t))
}

// Neutron refuses a part when most of the network exists. The run is reverted, and no
// interface keeps the network.
func TestANetworkThatNeutronRefusesLeavesNothing(t *testing.T) {
	before, queue, req := networkInventory(t), worker(t), networkSpec()
	// five is neutron's limit
	req.Subnets[0].DNS = []string{"192.0.2.53", "192.0.2.54", "192.0.2.55", "192.0.2.56", "192.0.2.57", "192.0.2.58"}
	err := theStage.Get(t, networkRun(t, queue, req.Name, network.Create.Workflow, req), nil)
	requireReverted(t, err, "subnet-0")
	require.Equal(t, before, networkInventory(t))
	requireSame(t, inventory(t))
}

func TestANetworkIsMadeOnceThoughAnswersAreLost(t *testing.T) {
	if faultFile == "" {
		t.Log("NOVAFLOW_FAULTS names no file: no faults to try")
		return
	}
	before, queue, req := networkInventory(t), worker(t), networkSpec()
	require.NoError(t, os.WriteFile(faultFile, []byte("neutron POST /networks after:500 1\nneutron POST /subnets drop "+
		"1\nneutron POST /routers after:500 1\nneutron PUT /add_router_interface drop 1\n"), 0o644))
	t.Cleanup(func() { require.NoError(t, os.Remove(faultFile)) })
	require.NoError(t, theStage.Get(t, networkRun(t, queue, req.Name, network.Create.Workflow, req), nil))
	require.Len(t, networkInventory(t), len(before)+8, "nothing twice")
	remove := network.DeleteSpec{RunOptions: spec.RunOptions{Cloud: cloudName}, Network: req.Name}
	require.NoError(t, theStage.Get(t, networkRun(t, queue, req.Name, network.Delete.Workflow, remove), nil))
	require.Equal(t, before, networkInventory(t))
}
