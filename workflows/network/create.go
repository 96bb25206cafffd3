package network

import (
	"novaflow/activities/neutron"
	"novaflow/saga"
	"novaflow/workflows/spec"
	"novaflow/workflows/spec/topology"
)

// CreateSpec is the request of Create. A project can ask for a network too, so the parts
// of the request and the tasks stand in topology.
type CreateSpec = topology.Spec

// Create creates a network with its subnets, a router with a gateway that serves them,
// and a security group.
//
// Locks: the network's name in its cloud.
//
// Invariant: all that the run creates carries the run's mark, and either the run commits
// with all of it, or none of it is left. An existing router gets interfaces and loses
// them again; nothing else of it is changed.
var Create = spec.Flow[CreateSpec, topology.Network]{
	Workflow: "NetworkCreate", Kind: "network-create", // both stand in histories
	Build: buildCreate,
	Example: CreateSpec{
		RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "app",
		Subnets: []topology.SubnetSpec{
			{CIDR: "192.168.7.0/24", DNS: []string{"192.0.2.53"}},
			{CIDR: "fd00:7::/64", IPv6RAMode: "slaac", IPv6AddressMode: "slaac"},
		},
		NewRouter: true, ExternalNetwork: "auto", Ingress: []spec.Rule{{Protocol: "tcp", Port: 22}},
	},
}

// buildCreate adds the tasks, here in the order in which they can start:
//
//	request                  look up everything, report every problem
//	network, router, security-group
//	subnet-N, gateway, security-group-rule-N
//	interface-N              when subnet N exists; one after the other
func buildCreate(f *saga.Flow, req CreateSpec) saga.Ref[topology.Network] {
	plan := saga.Add(f, spec.RequestTask, neutron.CheckNetworkAction, saga.From(saga.ThisRun(), req.Query),
		saga.Summary("look up what the request names"))
	return topology.Add(f, req, plan, saga.Value(""))
}
