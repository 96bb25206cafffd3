package server

import (
	"novaflow/activities/neutron"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// AddPort attaches a port to a server: an existing one, or a new one on a network.
//
// Locks: the server, and an existing port. Nobody knows of a new one.
//
// Invariant: either the run commits and the server has the port, or an existing port is
// free again, and a new one is gone. An existing port is never deleted.
var AddPort = spec.Flow[AddPortSpec, Attached]{
	Workflow: "ServerAddPort", Kind: "server-add-port", // both stand in histories
	Build:   buildAddPort,
	Example: AddPortSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Network: "private"},
}

// buildAddPort adds the tasks: look, lock the port or create one, attach, wait.
func buildAddPort(f *saga.Flow, req AddPortSpec) saga.Ref[Attached] {
	query := plan.AttachQuery{Cloud: req.Cloud, Server: req.Server, Port: req.Port, Network: req.Network}
	found := addAttachCheck(f, query, "look up what the request names")
	port := saga.From(found, func(p plan.AttachPlan) string { return p.Port.ID })
	var before saga.Dependency = found
	if req.Port != "" {
		before = lockPort(f, req.RunOptions, found)
	} else {
		in := saga.From(found, func(p plan.AttachPlan) neutron.CreatePortInput {
			return neutron.CreatePortInput{Cloud: req.Cloud, Name: p.Server.Name + "-port", NetworkID: p.Network.ID}
		})
		created := saga.Add(f, "port", neutron.PortAction, in, saga.Summary("on "+req.Network))
		port = saga.From(created, neutron.Port.ResourceID)
	}
	pair := saga.From2(found, port, func(p plan.AttachPlan, port string) attach.AttachPortInput {
		return attach.AttachPortInput{Cloud: req.Cloud, ServerID: p.Server.ID, PortID: port}
	})
	attached := saga.Add(f, "attach", attach.PortAttachmentAction, pair,
		saga.After(before), saga.Summary("to "+req.Server))
	ready := saga.Add(f, "attached", attach.WaitPortAction, pair,
		saga.After(attached), saga.Summary("wait until it is ACTIVE"))
	return saga.From(ready, func(p neutron.Port) Attached {
		return Attached{Server: p.DeviceID, Port: p.ID, Addresses: p.FixedIPs}
	})
}

// AddPortSpec is the request of AddPort: an existing port, or a network for a new one.
type AddPortSpec struct {
	spec.RunOptions
	Server  string `json:"server"`            // name or id
	Port    string `json:"port,omitempty"`    // name or id
	Network string `json:"network,omitempty"` // name or id
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s AddPortSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		if (s.Port == "") == (s.Network == "") {
			bad("port, network: give one of them")
		}
	})
}
