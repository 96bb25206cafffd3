package server

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Delete removes a server and everything else that the run which made it
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
var Delete = spec.Planned[DeleteSpec, activities.Owned, spec.Deleted]{
	Workflow: "ServerDelete", Kind: "server-delete", // both stand in histories
	Plan: listOwned, Build: buildDelete, DryRun: wouldGo,
	ForwardOnly: spec.DeletedForGood,
	// serverDeleteExample has something of each kind.
	Example: activities.Owned{
		Server: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
		Objects: []activities.OwnedObject{
			{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindVolume, Name: "web-1-boot"},
			{Kind: activities.KindPort, Name: "web-1-port-0"}, {Kind: activities.KindSecurityGroup, Name: "web-1"},
			{Kind: activities.KindServerGroup, Name: "web-1"}, {Kind: activities.KindKeyPair, Name: "web-1"},
		},
	},
}

// listOwned looks up what a delete of the server removes.
func listOwned(ctx workflow.Context, req DeleteSpec) (activities.Owned, error) {
	return saga.Look(ctx, "look up what belongs to "+req.Server, activities.ListOwnedAction,
		activities.OwnedQuery{Cloud: req.Cloud, Server: req.Server, Run: req.Run})
}

// wouldGo is what a delete of these things removes.
func wouldGo(owned activities.Owned) spec.Deleted {
	return spec.Deleted{ID: owned.Server.ID, Removed: spec.ListRemovals(removals, append([]activities.OwnedObject{owned.Server}, owned.Objects...)), Left: owned.Stay}
}

var removals = []spec.Removal{
	{Stage: 0, Kind: activities.KindFloatingIP, Task: "floating-ip", Action: activities.RemoveFloatingIPAction},
	{Stage: 1, Kind: activities.KindServer, Task: "server", Action: activities.RemoveServerAction},
	{Stage: 2, Kind: activities.KindVolume, Task: "volume", Action: activities.RemoveVolumeAction},
	{Stage: 2, Kind: activities.KindPort, Task: "port", Action: activities.RemovePortAction},
	{Stage: 2, Kind: activities.KindServerGroup, Task: "server-group", Action: activities.RemoveServerGroupAction},
	{Stage: 2, Kind: activities.KindKeyPair, Task: "key-pair", Action: activities.RemoveKeyPairAction},
	{Stage: 3, Kind: activities.KindSecurityGroup, Task: "security-group", Action: activities.RemoveSecurityGroupAction},
}

// buildDelete is the flow: floating IPs, then the server, then what it held,
// then the security groups, each thing a task of its own.
func buildDelete(f *saga.Flow, owned activities.Owned) saga.Ref[spec.Deleted] {
	gone := spec.AddRemovals(f, removals, append([]activities.OwnedObject{owned.Server}, owned.Objects...))
	return saga.From(gone, func(removed []string) spec.Deleted {
		return spec.Deleted{ID: owned.Server.ID, Removed: removed, Left: owned.Stay}
	})
}

// DeleteSpec is the input of ServerDelete.
type DeleteSpec struct {
	spec.RunOptions
	Server string `json:"server"`        // name or id
	Run    string `json:"run,omitempty"` // saga.RunID of the run that made it, for when the server itself is gone
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s DeleteSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.CheckForward(bad)
		spec.Require(bad, "server", s.Server)
	})
}
