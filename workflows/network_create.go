package workflows

import (
	"novaflow/activities"
	"novaflow/saga"
)

// NetworkCreate makes a network with its subnets, a router with a gateway that
// serves them, and a security group.
//
// What is held: the workflow id is the network's name in its cloud (see
// NetworkWorkflowID), so one run at a time changes a network.
//
// The invariant: everything the run makes carries the run's mark, and either the
// run commits with all of it, or none of it is left. A router that the user brings
// gets interfaces and loses them again; nothing else of it is changed.
var NetworkCreate = Flow[NetworkSpec, NetworkMade]{
	Workflow: "NetworkCreate", Kind: "network-create", // both stand in histories
	Build: buildNetworkCreate,
	Example: NetworkSpec{
		RunOptions: RunOptions{Cloud: "devcloud"}, Name: "app",
		Subnets: []SubnetSpec{
			{CIDR: "192.168.7.0/24", DNS: []string{"192.0.2.53"}},
			{CIDR: "fd00:7::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"},
		},
		NewRouter: true, ExternalNetwork: "auto", Ingress: []Rule{{Protocol: "tcp", Port: 22}},
	},
}

// buildNetworkCreate is the flow. The tasks, in the order in which they can start:
//
//	request                  look up everything, report every problem
//	network, router, security-group
//	subnet-N, gateway, security-group-rule-N
//	interface-N              when subnet N is there; one after the other
func buildNetworkCreate(f *saga.Flow, req NetworkSpec) saga.Ref[NetworkMade] {
	plan := saga.Add(f, requestTask, activities.CheckNetworkAction, saga.From(saga.ThisRun(), req.query),
		saga.Summary("look up what the request names"))
	return addNetwork(f, req, plan, saga.Value(""))
}
