package network

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Delete removes a network and everything else that the run which created it has created:
// subnets, the router and its interfaces, the security group. If another user deleted the
// network, the request has to name that run, and Delete removes what is left of it.
//
// Delete refuses a network that others use before it removes anything, and names each of
// their ports and subnets: a server must not lose its router because a user tried to
// delete its network.
//
// Locks: the network's name in its cloud, as Create.
//
// Invariant: it only goes forward, as what is deleted stays deleted. A part that neutron
// refuses to delete, because others came to use it, is tried again until it is gone, and
// the run is STUCK while that takes too long.
var Delete = spec.Planned[DeleteSpec, inventory.OwnedNetwork, spec.Deleted]{
	Workflow: "NetworkDelete", Kind: "network-delete", // both stand in histories
	Plan: listOwned, Build: buildDelete, DryRun: wouldGo,
	ForwardOnly: spec.DeletedForGood,
	// It has something of each kind.
	Example: inventory.OwnedNetwork{
		Network: activities.OwnedObject{Kind: activities.KindNetwork, Name: "app"},
		Objects: []activities.OwnedObject{
			{Kind: activities.KindRouterInterface}, {Kind: activities.KindRouter, Name: "app"},
			{Kind: activities.KindSubnet, Name: "app-0"}, {Kind: activities.KindSubnet, Name: "app-1"},
			{Kind: activities.KindSecurityGroup, Name: "app"},
		},
	},
}

// listOwned looks up what a delete of the network removes.
func listOwned(ctx workflow.Context, req DeleteSpec) (inventory.OwnedNetwork, error) {
	return saga.ExecuteRead(ctx, "look up what belongs to "+req.Network, inventory.ResolveOwnedNetworkAction,
		inventory.OwnedNetworkQuery{Cloud: req.Cloud, Network: req.Network, Run: req.Run})
}

// wouldGo returns the result of a dry run.
func wouldGo(owned inventory.OwnedNetwork) spec.Deleted {
	return spec.Deleted{ID: owned.Network.ID, Removed: spec.ListRemovals(removals, objectsOf(owned))}
}

// removals are in the order in which neutron lets the resources go.
var removals = []spec.Removal{
	{Stage: 0, Kind: activities.KindRouterInterface, Task: "interface", Action: neutron.RemoveInterfacePortAction},
	{Stage: 1, Kind: activities.KindRouter, Task: "router", Action: neutron.RemoveRouterAction},
	{Stage: 1, Kind: activities.KindSubnet, Task: "subnet", Action: neutron.RemoveSubnetAction},
	{Stage: 2, Kind: activities.KindNetwork, Task: "network", Action: neutron.RemoveNetworkAction},
	{
		Stage: 3, Kind: activities.KindSecurityGroup, Task: "security-group",
		Action: neutron.RemoveSecurityGroupAction,
	},
}

// buildDelete adds a task for each resource: the router's interfaces, then the router and
// the subnets, then the network, then the security groups.
func buildDelete(f *saga.Flow, owned inventory.OwnedNetwork) saga.Ref[spec.Deleted] {
	gone := spec.AddRemovals(f, removals, objectsOf(owned))
	return saga.From(gone, func(removed []string) spec.Deleted {
		return spec.Deleted{ID: owned.Network.ID, Removed: removed}
	})
}

// objectsOf returns all that is to be removed.
func objectsOf(owned inventory.OwnedNetwork) []activities.OwnedObject {
	return append(slices.Clone(owned.Objects), owned.Network)
}

// DeleteSpec is the request of Delete.
type DeleteSpec struct {
	spec.RunOptions
	Network string `json:"network"`       // name or id
	Run     string `json:"run,omitempty"` // saga.RunID of the run that created it, if the network itself is gone
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s DeleteSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.CheckForward(bad)
		spec.Require(bad, "network", s.Network)
	})
}
