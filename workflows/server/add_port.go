package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// AddPort attaches a port to a server: one that exists, or a new one on a
// network.
//
// What is held: the server's workflow id (see ServerWorkflowID), and a lock of the
// port if it existed. Nobody knows of a new one.
//
// The invariant: either the run commits and the server has the port, or the port
// is free again, and a new one gone. A port that the user brought is never
// deleted.
var AddPort = spec.Flow[AddPortSpec, Attached]{
	Workflow: "ServerAddPort", Kind: "server-add-port", // both stand in histories
	Build:   buildAddPort,
	Example: AddPortSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Network: "private"},
}

// buildAddPort is the flow: look, lock the port or make one, attach, wait.
func buildAddPort(f *saga.Flow, req AddPortSpec) saga.Ref[Attached] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckAttachAction, saga.Value(activities.AttachQuery{Cloud: req.Cloud, Server: req.Server, Port: req.Port, Network: req.Network}),
		saga.Summary("look up what the request names"))
	port := saga.From(plan, func(p activities.AttachPlan) string { return p.Port.ID })
	var before saga.Dependency = plan
	if req.Port != "" {
		before = lockPort(f, req.RunOptions, plan)
	} else {
		port = saga.From(saga.Add(f, "port", activities.PortAction, saga.From(plan, func(p activities.AttachPlan) activities.CreatePortInput {
			return activities.CreatePortInput{Cloud: req.Cloud, Name: p.Server.Name + "-port", NetworkID: p.Network.ID}
		}), saga.Summary("on "+req.Network)), activities.Port.ResourceID)
	}
	pair := saga.From2(plan, port, func(p activities.AttachPlan, port string) activities.AttachPortInput {
		return activities.AttachPortInput{Cloud: req.Cloud, ServerID: p.Server.ID, PortID: port}
	})
	attached := saga.Add(f, "attach", activities.InterfaceAction, pair, saga.After(before), saga.Summary("to "+req.Server))
	ready := saga.Add(f, "attached", activities.WaitPortAction, pair, saga.After(attached), saga.Summary("wait until it is ACTIVE"))
	return saga.From(ready, func(p activities.Port) Attached {
		return Attached{Server: p.DeviceID, Port: p.ID, Addresses: p.FixedIPs}
	})
}

// AddPortSpec is the input of ServerAddPort: a port that exists, or a network, on
// which one is made.
type AddPortSpec struct {
	spec.RunOptions
	Server  string `json:"server"`            // name or id
	Port    string `json:"port,omitempty"`    // name or id
	Network string `json:"network,omitempty"` // name or id
}

// Validate does for a port what it does for a volume.
func (s AddPortSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		if (s.Port == "") == (s.Network == "") {
			bad("port, network: give one of them")
		}
	})
}
