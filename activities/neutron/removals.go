package neutron

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that remove what a run created of a network.
var (
	RemoveNetworkAction = saga.Do((*Activities)(nil).RemoveNetwork).NoUndo(resource.NoWayBack).
				With(task.DeleteOptions)
	RemoveSubnetAction = saga.Do((*Activities)(nil).RemoveSubnet).NoUndo(resource.NoWayBack).
				With(task.DeleteOptions)
	RemoveRouterAction = saga.Do((*Activities)(nil).RemoveRouter).NoUndo(resource.NoWayBack).
				With(task.DeleteOptions)
	RemoveInterfacePortAction = saga.Do((*Activities)(nil).RemoveInterfacePort).NoUndo(resource.NoWayBack).
					With(task.DeleteOptions)
)

// RemoveNetwork removes a network that still carries the mark of the object, and waits
// until it is gone.
func (a *Activities) RemoveNetwork(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Networks, in.In)
}

// RemoveSubnet removes a subnet that still carries the mark of the object, and waits
// until it is gone.
func (a *Activities) RemoveSubnet(ctx context.Context, in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Subnets, in.In)
}

// RemoveRouter removes a router that still carries the mark of the object, and waits
// until it is gone. Its gateway is cleared before.
func (a *Activities) RemoveRouter(ctx context.Context, in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Routers, in.In)
}

// RemoveInterfacePort takes the port of an interface off its router, with all
// subnets that it serves, and waits until it is gone. One that lost its mark, and
// whose router does not have it either, is left alone.
func (a *Activities) RemoveInterfacePort(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return RemoveInterfaceIf(ctx, a.Clouds, in.In, func(Port) bool { return true })
}

// RemoveInterfaceIf is like RemoveInterfacePort for a port that, as it is found, may be
// removed.
func RemoveInterfaceIf(ctx context.Context, clouds *cloud.Clouds, o resource.OwnedObject,
	may func(Port) bool) (resource.Removed, error) {
	return resource.Removed{}, task.Backward(ctx, clouds, o.Cloud, func(ctx context.Context, c *cloud.Client) error {
		p, err := Ports.Get(ctx, c, o.ID)
		if err != nil {
			return cloud.IgnoreGone(err)
		}
		mark := p.Mark
		if mark == "" {
			r, err := Routers.Get(ctx, c, p.DeviceID)
			if err != nil {
				return cloud.IgnoreGone(err)
			}
			mark = r.Mark
		}
		if o.Mark == "" || mark != o.Mark || !IsRouterInterface(p.DeviceOwner) {
			resource.Log(ctx, "left alone: it does not carry the mark any more", o)
			return nil
		}
		if !may(p) {
			resource.Log(ctx, "left alone: it is too young", o)
			return nil
		}
		return DisconnectInterface(ctx, c, p.DeviceID, routers.RemoveInterfaceOpts{PortID: p.ID})
	})
}
