package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/neutron"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// ServerRemovePort detaches a port from a server, and deletes it if a run of
// novaflow made it, unless it is to be kept.
//
// What is held: the server's workflow id (see ServerWorkflowID), and a lock of the
// port.
//
// The invariant: until the port is free the server gets it back when anything
// fails. That is the point of no return, as a port of ours is deleted then. A port
// that nova made with the server goes with its detachment: nova deletes it,
// and it cannot be put back.
func ServerRemovePort(ctx workflow.Context, spec RemovePortSpec) (Attached, error) {
	return run(ctx, serverRemovePort, spec)
}

// Names of the workflow and of its flow.
const (
	ServerRemovePortName = "ServerRemovePort"
	ServerRemovePortKind = "server-remove-port"
)

var serverRemovePort = saga.Define(ServerRemovePortKind, buildServerRemovePort)

var serverRemovePortExample = RemovePortSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Server: "web-1", Port: "web-1-port"}

// buildServerRemovePort is the flow: look, lock the port, detach, wait, delete.
func buildServerRemovePort(spec RemovePortSpec) (*saga.Flow, saga.Ref[Attached]) {
	f := saga.NewFlow(ServerRemovePortKind, spec.flowOptions()...)
	found := saga.Add(f, requestTask, plan.CheckAttachAction, saga.Value(plan.AttachQuery{Cloud: spec.Cloud, Server: spec.Server, Port: spec.Port, Detach: true}),
		saga.Summary("look up server and port"))
	locked := lockPort(f, spec.RunOptions, found)
	pair := saga.From(found, func(p plan.AttachPlan) attach.AttachPortInput {
		return attach.AttachPortInput{Cloud: spec.Cloud, ServerID: p.Server.ID, PortID: p.Port.ID}
	})
	detached := saga.Add(f, "detach", attach.PortRemovalAction, pair, saga.After(locked), saga.Summary("from "+spec.Server))
	free := saga.Add(f, "detached", attach.WaitPortDetachedAction, pair, saga.After(detached), saga.Pivot(), saga.Summary("wait until it is free"))
	ours := func(p plan.AttachPlan) bool { return p.Port.Mark != "" && !spec.Keep }
	gone := saga.Add(f, "delete", neutron.RemovePortAction, saga.From(found, func(p plan.AttachPlan) activities.OwnedObject { return p.Port.OwnedObject }),
		saga.After(free), saga.When(found, ours), saga.Summary("if novaflow made it"))
	return f, saga.From2(found, saga.Optional(gone), func(p plan.AttachPlan, _ *activities.Removed) Attached {
		return Attached{Server: p.Server.ID, Port: p.Port.ID, Deleted: ours(p)}
	})
}
