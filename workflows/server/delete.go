package server

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Delete removes a server and everything else that carries the mark of the run which
// created it, its key pair and server group too. What existed before stays, and so does a
// port or floating IP that another server has by now. If another user deleted the server,
// the request has to name that run, and Delete removes what is left of it.
//
// Locks: the server's name in its cloud, as Create.
//
// Invariant: it only goes forward, as what is deleted stays deleted. A part that cannot
// be deleted does not hold up the others. It is tried again until it is gone, and the run
// is STUCK while that takes too long.
var Delete = spec.Planned[DeleteSpec, inventory.OwnedServer, spec.Deleted]{
	Workflow: "ServerDelete", Kind: "server-delete", // both stand in histories
	Plan: listOwned, Build: buildDelete, DryRun: wouldGo,
	ForwardOnly: spec.DeletedForGood,
	// It has something of each kind.
	Example: inventory.OwnedServer{
		Server: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
		Objects: []activities.OwnedObject{
			{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindVolume, Name: "web-1-boot"},
			{Kind: activities.KindPort, Name: "web-1-port-0"}, {Kind: activities.KindSecurityGroup, Name: "web-1"},
			{Kind: activities.KindServerGroup, Name: "web-1"}, {Kind: activities.KindKeyPair, Name: "web-1"},
		},
	},
}

// listOwned looks up what a delete of the server removes.
func listOwned(ctx workflow.Context, req DeleteSpec) (inventory.OwnedServer, error) {
	return saga.ExecuteRead(ctx, "look up what belongs to "+req.Server, inventory.ResolveOwnedServerAction,
		inventory.OwnedServerQuery{Cloud: req.Cloud, Server: req.Server, Run: req.Run})
}

// removals are in the order in which the services let the resources go.
var removals = []spec.Removal{
	{Stage: 0, Kind: activities.KindFloatingIP, Task: "floating-ip", Action: neutron.RemoveFloatingIPAction},
	{Stage: 1, Kind: activities.KindServer, Task: "server", Action: nova.RemoveServerAction},
	{Stage: 2, Kind: activities.KindVolume, Task: "volume", Action: cinder.RemoveVolumeAction},
	{Stage: 2, Kind: activities.KindPort, Task: "port", Action: neutron.RemovePortAction},
	{Stage: 2, Kind: activities.KindServerGroup, Task: "server-group", Action: nova.RemoveServerGroupAction},
	{Stage: 2, Kind: activities.KindKeyPair, Task: "key-pair", Action: nova.RemoveKeyPairAction},
	{
		Stage: 3, Kind: activities.KindSecurityGroup, Task: "security-group",
		Action: neutron.RemoveSecurityGroupAction,
	},
}

// buildDelete adds a task for each resource: the floating IPs, then the server, then what
// it used, then the security groups.
func buildDelete(f *saga.Flow, owned inventory.OwnedServer) saga.Ref[spec.Deleted] {
	gone := spec.AddRemovals(f, removals, objectsOf(owned))
	return saga.From(gone, func(removed []string) spec.Deleted {
		return spec.Deleted{ID: owned.Server.ID, Removed: removed, Left: owned.Stay}
	})
}

// wouldGo returns the result of a dry run.
func wouldGo(owned inventory.OwnedServer) spec.Deleted {
	removed := spec.ListRemovals(removals, objectsOf(owned))
	return spec.Deleted{ID: owned.Server.ID, Removed: removed, Left: owned.Stay}
}

// objectsOf returns all that is to be removed.
func objectsOf(owned inventory.OwnedServer) []activities.OwnedObject {
	return append([]activities.OwnedObject{owned.Server}, owned.Objects...)
}

// DeleteSpec is the request of Delete.
type DeleteSpec struct {
	spec.RunOptions
	Server string `json:"server"`        // name or id
	Run    string `json:"run,omitempty"` // saga.RunID of the run that created it, if the server itself is gone
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s DeleteSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.CheckForward(bad)
		spec.Require(bad, "server", s.Server)
	})
}
