package workflows_test

import (
	"fmt"
	"slices"
	"testing"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/network"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// wholeNetwork asks for everything that NetworkCreate can make.
var wholeNetwork = topology.Spec{
	RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "app", MTU: 1400,
	Subnets: []topology.SubnetSpec{
		{CIDR: "192.168.7.0/24", DNS: []string{"192.0.2.53"},
			Pools: []topology.PoolSpec{{Start: "192.168.7.10", End: "192.168.7.99"}}},
		{CIDR: "fd00:7::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"},
		{CIDR: "fd00:8::/64", Gateway: "fd00:8::1", IPv6RAMode: "dhcpv6-stateful", IPv6AddressMode: "dhcpv6-stateful"},
		{CIDR: "192.168.8.0/24", Gateway: "none", NoDHCP: true},
	},
	NewRouter: true, ExternalNetwork: "public",
	Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}, {Protocol: "icmp", From: "fd00::/8"}},
}

// deleteNetwork takes wholeNetwork away.
var deleteNetwork = network.DeleteSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Network: "app"}

// networkTroubles are those of neutron alone, for what all flows get along with
// is tried for each kind of request.
var networkTroubles = []trouble{
	{name: "lists lag", faults: []devcloud.Fault{{Service: "neutron", Method: "POST",
		Path: "/(networks|subnets|routers|security-groups|security-group-rules)$", Action: "lag:25ms"},
		{Service: "neutron", Method: "PUT", Path: "/add_router_interface$", Action: "lag:25ms"}}},
	{name: "deletes are slow", faults: onEach("DELETE", ".", "slow:60ms", 0, 0)},
	{name: "deletes are refused for a while", faults: onEach("DELETE", ".", "own:409", 2, 0)},
	{name: "answers are lost", faults: []devcloud.Fault{{Service: "neutron", Method: "POST", Path: ".",
		Action: "after:500", Count: 4}, {Service: "neutron", Method: "PUT", Path: ".", Action: "after:503", Count: 2}}},
	{name: "connections drop", faults: []devcloud.Fault{{Service: "neutron", Method: "POST", Path: ".", Action: "drop",
		Count: 2, Skip: 1}, {Service: "neutron", Method: "PUT", Path: ".", Action: "drop", Count: 2, Skip: 1}}},
	{name: "bursts of 503", faults: []devcloud.Fault{{Service: "neutron", Method: "POST", Path: ".", Action: "503",
		Count: 3, Skip: 2}, {Service: "neutron", Method: "GET", Path: ".", Action: "503", Count: 2, Skip: 9}}},
	{name: "404 from a wrong end point",
		faults: []devcloud.Fault{{Service: "neutron", Method: "GET", Path: ".", Action: "404", Count: 1, Skip: 8}}},
	{name: "tokens expire", faults: onEach("*", ".", "expire", 1, 5)},
}

// networkRefusals are clouds in which no such network comes to be.
var networkRefusals = []trouble{
	{name: "no address outside", refuses: true, faults: []devcloud.Fault{{Service: "neutron", Method: "PUT",
		Path: "/routers/[^/]*$", Action: "own:400", Text: "ExternalIpAddressExhausted"}}},
	{name: "quota full when a subnet is made", refuses: true, faults: []devcloud.Fault{{Service: "neutron",
		Method: "POST", Path: "/subnets$", Action: "own:409", Text: "Quota exceeded for resources: ['subnet']."}}},
	{name: "interfaces are refused", refuses: true, faults: []devcloud.Fault{{Service: "neutron", Method: "PUT",
		Path: "/add_router_interface$", Action: "own:400", Text: "Bad router request: no."}}},
}

// A network is created whole or not at all, whatever happens to which task, in whatever
// cloud. A delete leaves no trace of what was created.
func TestNetworkCreateLeavesNothingOrExactlyItself(t *testing.T) {
	t.Parallel()
	starts := worlds(slices.Concat(networkTroubles, networkRefusals), perTrouble, func(testing.TB, *cloudWorld) {})
	starts[0].Sample = perClean / 2
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: network.Create.Workflow, Input: wholeNetwork, Pairs: max(pairs/2, 1),
		Inverse: func(sagatest.Result) (any, any) { return network.Delete.Workflow, deleteNetwork },
		Check: func(_ sagatest.World, result sagatest.Result) error {
			var n topology.Network
			if err := result(&n); err != nil {
				return err
			}
			if n.ID == "" || len(n.Subnets) != 4 || n.Router == "" || len(n.ExternalIPs) == 0 ||
				n.SecurityGroup == "" || n.Subnets[3].Gateway != "" {
				return fmt.Errorf("the network lacks something: %+v", n)
			}
			return nil
		},
	}, starts...)
	requireAll(t, r, 14)
}

// A delete deletes what the create created and nothing else, whatever happens.
func TestNetworkDeleteRemovesWhatCreateMadeAndNothingElse(t *testing.T) {
	t.Parallel()
	starts := worlds(networkTroubles, perTrouble,
		func(t testing.TB, w *cloudWorld) { w.run(t, network.Create.Workflow, wholeNetwork) })
	req := deleteNetwork
	req.Run = environmentRun
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: network.Delete.Workflow, Input: req, ForwardOnly: true,
		NothingLeft: thereIsNo("network"),
		Check:       asBefore,
	}, starts...)
	requireAll(t, r, 10)
}
