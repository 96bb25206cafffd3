package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/neutron"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// ServerAddPort attaches a port to a server: one that exists, or a new one on a
// network.
//
// What is held: the server's workflow id (see ServerWorkflowID), and a lock of the
// port if it existed. Nobody knows of a new one.
//
// The invariant: either the run commits and the server has the port, or the port
// is free again, and a new one gone. A port that the user brought is never
// deleted.
func ServerAddPort(ctx workflow.Context, spec AddPortSpec) (Attached, error) {
	return run(ctx, serverAddPort, spec)
}

// Names of the workflow and of its flow.
const (
	ServerAddPortName = "ServerAddPort"
	ServerAddPortKind = "server-add-port"
)

var serverAddPort = saga.Define(ServerAddPortKind, buildServerAddPort)

var serverAddPortExample = AddPortSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Server: "web-1", Network: "private"}

// buildServerAddPort is the flow: look, lock the port or make one, attach, wait.
func buildServerAddPort(spec AddPortSpec) (*saga.Flow, saga.Ref[Attached]) {
	f := saga.NewFlow(ServerAddPortKind, spec.flowOptions()...)
	found := saga.Add(f, requestTask, plan.CheckAttachAction, saga.Value(plan.AttachQuery{Cloud: spec.Cloud, Server: spec.Server, Port: spec.Port, Network: spec.Network}),
		saga.Summary("look up what the request names"))
	port := saga.From(found, func(p plan.AttachPlan) string { return p.Port.ID })
	var before saga.Dependency = found
	if spec.Port != "" {
		before = lockPort(f, spec.RunOptions, found)
	} else {
		port = saga.From(saga.Add(f, "port", neutron.PortAction, saga.From(found, func(p plan.AttachPlan) neutron.CreatePortInput {
			return neutron.CreatePortInput{Cloud: spec.Cloud, Name: p.Server.Name + "-port", NetworkID: p.Network.ID}
		}), saga.Summary("on "+spec.Network)), neutron.Port.ResourceID)
	}
	pair := saga.From2(found, port, func(p plan.AttachPlan, port string) attach.AttachPortInput {
		return attach.AttachPortInput{Cloud: spec.Cloud, ServerID: p.Server.ID, PortID: port}
	})
	attached := saga.Add(f, "attach", attach.PortAttachmentAction, pair, saga.After(before), saga.Summary("to "+spec.Server))
	ready := saga.Add(f, "attached", attach.WaitPortAction, pair, saga.After(attached), saga.Summary("wait until it is ACTIVE"))
	return f, saga.From(ready, func(p neutron.Port) Attached {
		return Attached{Server: p.DeviceID, Port: p.ID, Addresses: p.FixedIPs}
	})
}
