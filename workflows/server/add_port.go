package server

import (
	"novaflow/activities"
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
	query := activities.AttachQuery{Cloud: req.Cloud, Server: req.Server, Port: req.Port, Network: req.Network}
	plan := addAttachCheck(f, query, "look up what the request names")
	port := saga.From(plan, func(p activities.AttachPlan) string { return p.Port.ID })
	var before saga.Dependency = plan
	if req.Port != "" {
		before = lockPort(f, req.RunOptions, plan)
	} else {
		in := saga.From(plan, func(p activities.AttachPlan) activities.CreatePortInput {
			return activities.CreatePortInput{Cloud: req.Cloud, Name: p.Server.Name + "-port", NetworkID: p.Network.ID}
		})
		created := saga.Add(f, "port", activities.PortAction, in, saga.Summary("on "+req.Network))
		port = saga.From(created, activities.Port.ResourceID)
	}
	pair := saga.From2(plan, port, func(p activities.AttachPlan, port string) activities.AttachPortInput {
		return activities.AttachPortInput{Cloud: req.Cloud, ServerID: p.Server.ID, PortID: port}
	})
	attached := saga.Add(f, "attach", activities.InterfaceAction, pair,
		saga.After(before), saga.Summary("to "+req.Server))
	ready := saga.Add(f, "attached", activities.WaitPortAction, pair,
		saga.After(attached), saga.Summary("wait until it is ACTIVE"))
	return saga.From(ready, func(p activities.Port) Attached {
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
