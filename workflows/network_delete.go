package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/inventory"
	"novaflow/activities/neutron"
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
func NetworkDelete(ctx workflow.Context, spec NetworkDeleteSpec) (Deleted, error) {
	if err := refuse(spec); err != nil {
		return Deleted{}, err
	}
	owned, err := saga.Look(ctx, "look up what belongs to "+spec.Network, inventory.ResolveOwnedNetworkAction,
		inventory.OwnedNetworkQuery{Cloud: spec.Cloud, Network: spec.Network, Run: spec.Run})
	if err != nil {
		return Deleted{}, err
	}
	if spec.DryRun {
		return Deleted{ID: owned.Network.ID, Removed: listRemovals(networkRemovals, networkObjects(owned))}, nil
	}
	return networkDelete.Run(ctx, owned, spec.flowOptions()...)
}

// Names of the workflow and of its flow.
const (
	NetworkDeleteName = "NetworkDelete"
	NetworkDeleteKind = "network-delete"
)

var networkDelete = saga.Define(NetworkDeleteKind, buildNetworkDelete)

// networkDeleteExample has something of each kind.
var networkDeleteExample = inventory.OwnedNetwork{
	Network: activities.OwnedObject{Kind: activities.KindNetwork, Name: "app"},
	Objects: []activities.OwnedObject{
		{Kind: activities.KindRouterInterface}, {Kind: activities.KindRouter, Name: "app"},
		{Kind: activities.KindSubnet, Name: "app-0"}, {Kind: activities.KindSubnet, Name: "app-1"}, {Kind: activities.KindSecurityGroup, Name: "app"},
	},
}

// networkRemovals are in the order in which neutron lets things go.
var networkRemovals = []removal{
	{0, activities.KindRouterInterface, "interface", neutron.RemoveInterfacePortAction},
	{1, activities.KindRouter, "router", neutron.RemoveRouterAction},
	{1, activities.KindSubnet, "subnet", neutron.RemoveSubnetAction},
	{2, activities.KindNetwork, "network", neutron.RemoveNetworkAction},
	{3, activities.KindSecurityGroup, "security-group", neutron.RemoveSecurityGroupAction},
}

// buildNetworkDelete is the flow: the router's interfaces, then the router and the
// subnets, then the network, then the security groups, each thing a task of its
// own.
func buildNetworkDelete(owned inventory.OwnedNetwork) (*saga.Flow, saga.Ref[Deleted]) {
	f := saga.NewFlow(NetworkDeleteKind, saga.ForwardOnly("what is deleted cannot be brought back"))
	gone := removeInStages(f, networkRemovals, networkObjects(owned))
	return f, saga.From(gone, func(removed []string) Deleted { return Deleted{ID: owned.Network.ID, Removed: removed} })
}

func networkObjects(owned inventory.OwnedNetwork) []activities.OwnedObject {
	return append(slices.Clone(owned.Objects), owned.Network)
}
