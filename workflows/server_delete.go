package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
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
var ServerDelete = Planned[DeleteSpec, activities.Owned, Deleted]{
	Workflow: "ServerDelete", Kind: "server-delete", // both stand in histories
	Plan: listServer, Build: buildServerDelete, DryRun: wouldGo,
	ForwardOnly: deletedForGood,
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

// listServer looks up what a delete of the server removes.
func listServer(ctx workflow.Context, req DeleteSpec) (activities.Owned, error) {
	return saga.Look(ctx, "look up what belongs to "+req.Server, activities.ListOwnedAction,
		activities.OwnedQuery{Cloud: req.Cloud, Server: req.Server, Run: req.Run})
}

// wouldGo is what a delete of these things removes.
func wouldGo(owned activities.Owned) Deleted {
	return Deleted{ID: owned.Server.ID, Removed: listRemovals(removals, append([]activities.OwnedObject{owned.Server}, owned.Objects...)), Left: owned.Stay}
}

var removals = []removal{
	{stage: 0, kind: activities.KindFloatingIP, task: "floating-ip", action: activities.RemoveFloatingIPAction},
	{stage: 1, kind: activities.KindServer, task: "server", action: activities.RemoveServerAction},
	{stage: 2, kind: activities.KindVolume, task: "volume", action: activities.RemoveVolumeAction},
	{stage: 2, kind: activities.KindPort, task: "port", action: activities.RemovePortAction},
	{stage: 2, kind: activities.KindServerGroup, task: "server-group", action: activities.RemoveServerGroupAction},
	{stage: 2, kind: activities.KindKeyPair, task: "key-pair", action: activities.RemoveKeyPairAction},
	{stage: 3, kind: activities.KindSecurityGroup, task: "security-group", action: activities.RemoveSecurityGroupAction},
}

// buildServerDelete is the flow: floating IPs, then the server, then what it held,
// then the security groups, each thing a task of its own.
func buildServerDelete(f *saga.Flow, owned activities.Owned) saga.Ref[Deleted] {
	gone := removeInStages(f, removals, append([]activities.OwnedObject{owned.Server}, owned.Objects...))
	return saga.From(gone, func(removed []string) Deleted {
		return Deleted{ID: owned.Server.ID, Removed: removed, Left: owned.Stay}
	})
}

// DeleteSpec is the input of ServerDelete.
type DeleteSpec struct {
	RunOptions
	Server string `json:"server"`        // name or id
	Run    string `json:"run,omitempty"` // saga.RunID of the run that made it, for when the server itself is gone
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s DeleteSpec) Validate() error {
	return validation(func(bad report) {
		s.validateForward(bad)
		required(bad, "server", s.Server)
	})
}
