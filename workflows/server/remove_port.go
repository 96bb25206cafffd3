package server

import (
	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// RemovePort detaches a port from a server, and deletes it if a run of novaflow created
// it, unless the request keeps it.
//
// Locks: the server and the port.
//
// Invariant: until the port is free, the server gets it back if anything fails. That is
// the point of no return, as a port of novaflow's is deleted then. A port that nova
// created with the server goes with its detachment: nova deletes it, and it cannot be put
// back.
var RemovePort = spec.Flow[RemovePortSpec, Attached]{
	Workflow: "ServerRemovePort", Kind: "server-remove-port", // both stand in histories
	Build:   buildRemovePort,
	Example: RemovePortSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Port: "web-1-port"},
}

// buildRemovePort adds the tasks: look, lock the port, detach, wait, delete.
func buildRemovePort(f *saga.Flow, req RemovePortSpec) saga.Ref[Attached] {
	query := plan.AttachQuery{Cloud: req.Cloud, Server: req.Server, Port: req.Port, Detach: true}
	found := addAttachCheck(f, query, "look up server and port")
	locked := lockPort(f, req.RunOptions, found)
	pair := saga.From(found, func(p plan.AttachPlan) attach.AttachPortInput {
		return attach.AttachPortInput{Cloud: req.Cloud, ServerID: p.Server.ID, PortID: p.Port.ID}
	})
	detached := saga.Add(f, "detach", attach.PortRemovalAction, pair,
		saga.After(locked), saga.Summary("from "+req.Server))
	free := saga.Add(f, "detached", attach.WaitPortDetachedAction, pair,
		saga.After(detached), saga.Pivot(), saga.Summary("wait until it is free"))
	ours := func(p plan.AttachPlan) bool { return p.Port.Mark != "" && !req.Keep }
	port := saga.From(found, func(p plan.AttachPlan) activities.OwnedObject { return p.Port.OwnedObject })
	gone := saga.Add(f, "delete", neutron.RemovePortAction, port,
		saga.After(free), saga.When(found, ours), saga.Summary("if novaflow created it"))
	return saga.From2(found, saga.Optional(gone), func(p plan.AttachPlan, _ *activities.Removed) Attached {
		return Attached{Server: p.Server.ID, Port: p.Port.ID, Deleted: ours(p)}
	})
}

// RemovePortSpec is the request of RemovePort.
type RemovePortSpec struct {
	spec.RunOptions
	Server string `json:"server"`         // name or id
	Port   string `json:"port"`           // name or id
	Keep   bool   `json:"keep,omitempty"` // also a port that novaflow created
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s RemovePortSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "server", s.Server)
		spec.Require(bad, "port", s.Port)
	})
}
