package network

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// Create makes a network with its subnets, a router with a gateway that
// serves them, and a security group.
//
// What is held: the workflow id is the network's name in its cloud (see
// NetworkWorkflowID), so one run at a time changes a network.
//
// The invariant: everything the run makes carries the run's mark, and either the
// run commits with all of it, or none of it is left. A router that the user brings
// gets interfaces and loses them again; nothing else of it is changed.
var Create = spec.Flow[topology.Spec, topology.Network]{
	Workflow: "NetworkCreate", Kind: "network-create", // both stand in histories
	Build: buildCreate,
	Example: topology.Spec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "app",
		Subnets: []topology.SubnetSpec{
			{CIDR: "192.168.7.0/24", DNS: []string{"192.0.2.53"}},
			{CIDR: "fd00:7::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"},
		},
		NewRouter: true, ExternalNetwork: "auto", Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
	},
}

// buildCreate is the flow. The tasks, in the order in which they can start:
//
//	request                  look up everything, report every problem
//	network, router, security-group
//	subnet-N, gateway, security-group-rule-N
//	interface-N              when subnet N is there; one after the other
func buildCreate(f *saga.Flow, req topology.Spec) saga.Ref[topology.Network] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckNetworkAction, saga.From(saga.ThisRun(), req.Query),
		saga.Summary("look up what the request names"))
	return topology.Add(f, req, plan, saga.Value(""))
}
