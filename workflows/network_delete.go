package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
)

// NetworkDelete removes a network and everything else that the run which made it
// has made: subnets, the router and its interfaces, the security group. If
// somebody else deleted the network, it removes what is left of that run, which
// then has to be in the spec.
//
// A network that others use is refused before anything is removed, and each port
// and subnet of theirs is named: a server must not lose its router because
// somebody tried to delete its network.
//
// It only goes forward: what is gone stays gone. A part that neutron refuses to
// delete, because others came to use it, is tried again until it goes, and the run
// is STUCK while that takes too long.
//
// What is held: the same workflow id as NetworkCreate's.
var NetworkDelete = Planned[NetworkDeleteSpec, activities.OwnedNetwork, Deleted]{
	Workflow: "NetworkDelete", Kind: "network-delete", // both stand in histories
	Plan: listNetwork, Build: buildNetworkDelete, DryRun: wouldGoWithNetwork,
	ForwardOnly: deletedForGood,
	// networkDeleteExample has something of each kind.
	Example: activities.OwnedNetwork{
		Network: activities.OwnedObject{Kind: activities.KindNetwork, Name: "app"},
		Objects: []activities.OwnedObject{
			{Kind: activities.KindRouterInterface}, {Kind: activities.KindRouter, Name: "app"},
			{Kind: activities.KindSubnet, Name: "app-0"}, {Kind: activities.KindSubnet, Name: "app-1"}, {Kind: activities.KindSecurityGroup, Name: "app"},
		},
	},
}

// listNetwork looks up what a delete of the network removes.
func listNetwork(ctx workflow.Context, req NetworkDeleteSpec) (activities.OwnedNetwork, error) {
	return saga.Look(ctx, "look up what belongs to "+req.Network, activities.ListOwnedNetworkAction,
		activities.OwnedNetworkQuery{Cloud: req.Cloud, Network: req.Network, Run: req.Run})
}

func wouldGoWithNetwork(owned activities.OwnedNetwork) Deleted {
	return Deleted{ID: owned.Network.ID, Removed: listRemovals(networkRemovals, networkObjects(owned))}
}

// networkRemovals are in the order in which neutron lets things go.
var networkRemovals = []removal{
	{stage: 0, kind: activities.KindRouterInterface, task: "interface", action: activities.RemoveInterfacePortAction},
	{stage: 1, kind: activities.KindRouter, task: "router", action: activities.RemoveRouterAction},
	{stage: 1, kind: activities.KindSubnet, task: "subnet", action: activities.RemoveSubnetAction},
	{stage: 2, kind: activities.KindNetwork, task: "network", action: activities.RemoveNetworkAction},
	{stage: 3, kind: activities.KindSecurityGroup, task: "security-group", action: activities.RemoveSecurityGroupAction},
}

// buildNetworkDelete is the flow: the router's interfaces, then the router and the
// subnets, then the network, then the security groups, each thing a task of its
// own.
func buildNetworkDelete(f *saga.Flow, owned activities.OwnedNetwork) saga.Ref[Deleted] {
	gone := removeInStages(f, networkRemovals, networkObjects(owned))
	return saga.From(gone, func(removed []string) Deleted { return Deleted{ID: owned.Network.ID, Removed: removed} })
}

func networkObjects(owned activities.OwnedNetwork) []activities.OwnedObject {
	return append(slices.Clone(owned.Objects), owned.Network)
}

// NetworkDeleteSpec is the input of NetworkDelete.
type NetworkDeleteSpec struct {
	RunOptions
	Network string `json:"network"`       // name or id
	Run     string `json:"run,omitempty"` // saga.RunID of the run that made it, for when the network itself is gone
}

// Validate returns everything that is wrong with the spec, joined, or nil.
func (s NetworkDeleteSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validateForward(bad)
		required(bad, "network", s.Network)
	})
}
