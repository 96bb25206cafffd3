package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// ServerDelete removes a server and everything else that the run which made it
// has made, its key pair and server group too: what carries the mark of that run,
// and nothing that the user brought, nor a port or floating IP that another server
// has by now. If somebody else deleted the server, it removes what is left of that
// run, which then has to be in the spec.
//
// It only goes forward: what is gone stays gone. A part that cannot be deleted
// does not keep the others; it is tried again until it goes, and the run is
// STUCK while that takes too long.
//
// What is held: the same workflow id as ServerCreate's.
func ServerDelete(ctx workflow.Context, spec DeleteSpec) (Deleted, error) {
	if err := refuse(spec); err != nil {
		return Deleted{}, err
	}
	owned, err := saga.Look(ctx, "look up what belongs to "+spec.Server, inventory.ResolveOwnedServerAction,
		inventory.OwnedServerQuery{Cloud: spec.Cloud, Server: spec.Server, Run: spec.Run})
	if err != nil {
		return Deleted{}, err
	}
	if spec.DryRun {
		return wouldGo(owned), nil
	}
	return serverDelete.Run(ctx, owned, spec.flowOptions()...)
}

// wouldGo is what a delete of these things removes.
func wouldGo(owned inventory.OwnedServer) Deleted {
	return Deleted{ID: owned.Server.ID, Removed: listRemovals(removals, append([]activities.OwnedObject{owned.Server}, owned.Objects...)), Left: owned.Stay}
}

// Names of the workflow and of its flow.
const (
	ServerDeleteName = "ServerDelete"
	ServerDeleteKind = "server-delete"
)

var serverDelete = saga.Define(ServerDeleteKind, buildServerDelete)

// serverDeleteExample has something of each kind.
var serverDeleteExample = inventory.OwnedServer{
	Server: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
	Objects: []activities.OwnedObject{
		{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindVolume, Name: "web-1-boot"},
		{Kind: activities.KindPort, Name: "web-1-port-0"}, {Kind: activities.KindSecurityGroup, Name: "web-1"},
		{Kind: activities.KindServerGroup, Name: "web-1"}, {Kind: activities.KindKeyPair, Name: "web-1"},
	},
}

var removals = []removal{
	{0, activities.KindFloatingIP, "floating-ip", neutron.RemoveFloatingIPAction},
	{1, activities.KindServer, "server", nova.RemoveServerAction},
	{2, activities.KindVolume, "volume", cinder.RemoveVolumeAction},
	{2, activities.KindPort, "port", neutron.RemovePortAction},
	{2, activities.KindServerGroup, "server-group", nova.RemoveServerGroupAction},
	{2, activities.KindKeyPair, "key-pair", nova.RemoveKeyPairAction},
	{3, activities.KindSecurityGroup, "security-group", neutron.RemoveSecurityGroupAction},
}

// buildServerDelete is the flow: floating IPs, then the server, then what it held,
// then the security groups, each thing a task of its own.
func buildServerDelete(owned inventory.OwnedServer) (*saga.Flow, saga.Ref[Deleted]) {
	f := saga.NewFlow(ServerDeleteKind, saga.ForwardOnly("what is deleted cannot be brought back"))
	gone := removeInStages(f, removals, append([]activities.OwnedObject{owned.Server}, owned.Objects...))
	return f, saga.From(gone, func(removed []string) Deleted {
		return Deleted{ID: owned.Server.ID, Removed: removed, Left: owned.Stay}
	})
}
