package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"

	"novaflow/saga"
)

// The actions that remove what a run made of a network.
var (
	RemoveNetworkAction       = saga.Do((*neutronActivities)(nil).RemoveNetwork).NoUndo(removed).With(untilGone)
	RemoveSubnetAction        = saga.Do((*neutronActivities)(nil).RemoveSubnet).NoUndo(removed).With(untilGone)
	RemoveRouterAction        = saga.Do((*neutronActivities)(nil).RemoveRouter).NoUndo(removed).With(untilGone)
	RemoveInterfacePortAction = saga.Do((*neutronActivities)(nil).RemoveInterfacePort).NoUndo(removed).With(untilGone)
)

// RemoveNetwork does for a network what RemoveServer does for a server.
func (a *neutronActivities) RemoveNetwork(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, a.Clouds, networkResource, in.In)
}

// RemoveSubnet does for a subnet what RemoveServer does for a server.
func (a *neutronActivities) RemoveSubnet(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, a.Clouds, subnetResource, in.In)
}

// RemoveRouter does for a router what RemoveServer does for a server. Its gateway
// is cleared before.
func (a *neutronActivities) RemoveRouter(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, a.Clouds, routerResource, in.In)
}

// RemoveInterfacePort takes the port of an interface off its router, with all
// subnets that it serves, and waits until it is gone. One that lost its mark, and
// whose router does not have it either, is left alone.
func (a *neutronActivities) RemoveInterfacePort(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return removeInterface(ctx, a.Clouds, in.In, func(Port) bool { return true })
}

// removeInterface is RemoveInterfacePort if the port, as it is found, may go.
func removeInterface(ctx context.Context, clouds *Clouds, o OwnedObject, may func(Port) bool) (Removed, error) {
	return Removed{}, backward(ctx, clouds, o.Cloud, func(ctx context.Context, c *client) error {
		p, err := portResource.fetch(ctx, c, o.ID)
		if err != nil {
			return goneIsFine(err)
		}
		mark := p.Mark
		if mark == "" {
			r, err := routerResource.fetch(ctx, c, p.DeviceID)
			if err != nil {
				return goneIsFine(err)
			}
			mark = r.Mark
		}
		if o.Mark == "" || mark != o.Mark || !isInterface(p.DeviceOwner) {
			log(ctx, "left alone: it does not carry the mark any more", o)
			return nil
		}
		if !may(p) {
			log(ctx, "left alone: it is too young", o)
			return nil
		}
		return unplug(ctx, c, p.DeviceID, routers.RemoveInterfaceOpts{PortID: p.ID})
	})
}
