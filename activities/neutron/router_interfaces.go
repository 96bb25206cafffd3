package neutron

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// RouterInterfaceAction connects a subnet with a router and disconnects it again.
var RouterInterfaceAction = saga.Do((*Activities)(nil).AddRouterInterface).
	UndoneBy((*Activities)(nil).RemoveRouterInterface).With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// routerInterfaces are how neutron calls the owner of an interface's port: a router on
// one host, one on all hosts (distributed), and one on several of which one serves (ha).
// https://docs.openstack.org/neutron/latest/admin/deploy-ovs-ha-dvr.html
var routerInterfaces = []string{"network:router_interface", "network:router_interface_distributed",
	"network:ha_router_replicated_interface"}

// IsRouterInterface reports whether a router serves a subnet by a port of this owner.
func IsRouterInterface(owner string) bool { return slices.Contains(routerInterfaces, owner) }

// AddRouterInterfaceInput says which subnet a router is to serve.
type AddRouterInterfaceInput struct {
	Cloud    string `json:"cloud"`
	RouterID string `json:"routerId"`
	SubnetID string `json:"subnetId"`
}

// RouterInterface is the port of a router on a subnet. The pair is what
// identifies it: a router has one port on a subnet, and neutron creates it without
// field for a mark in the request. Its description gets the mark right after, for
// those who look for what a run created. The IPv6 subnets of one network share a port.
type RouterInterface struct {
	resource.OwnedObject
	RouterID string `json:"routerId"`
	SubnetID string `json:"subnetId"`
}

// AddRouterInterface connects the subnet with the router. Repeating it changes
// nothing. A conflict can be the echo of an earlier attempt, whose port lists do
// not show yet: then it looks again, and takes the port that it finds.
func (a *Activities) AddRouterInterface(ctx context.Context,
	in saga.Intent[AddRouterInterfaceInput]) (RouterInterface, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud,
		func(ctx context.Context, c *cloud.Client) (RouterInterface, error) {
			look := func() ([]ports.Port, error) { return in.In.ports(ctx, c) }
			found, err := look()
			if err == nil && len(found) == 0 {
				var created RouterInterface
				created, err = connectSubnet(ctx, c, in)
				if cloud.ClassOf(err) != cloud.Conflict {
					return created, err
				}
				if again, failed := resource.LookAgain(ctx, c, look); failed == nil && len(again) > 0 {
					found, err = again, nil
				}
			}
			if err != nil {
				return RouterInterface{}, err
			}
			return describeInterface(ctx, c, in, found[0].ID, found[0].Description)
		})
}

// RemoveRouterInterface makes sure that the subnet is not connected with the
// router, and waits until the port is gone, or has left the subnet where it
// serves others too. One that has lost its mark was released, and is left alone. While
// floating IPs need the interface neutron refuses.
func (a *Activities) RemoveRouterInterface(ctx context.Context,
	u saga.Undo[AddRouterInterfaceInput, RouterInterface]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		if u.Out != nil { // else it may not have got its mark yet
			p, err := Ports.Get(ctx, c, u.Out.ID)
			if err != nil || p.Mark == "" {
				return cloud.IgnoreGone(err)
			}
		}
		return DisconnectInterface(ctx, c, u.In.RouterID, routers.RemoveInterfaceOpts{SubnetID: u.In.SubnetID})
	})
}

// ports lists the ports by which the router serves the subnet. A distributed router has
// others of its own on the subnet, which are left out.
func (in AddRouterInterfaceInput) ports(ctx context.Context, c *cloud.Client) ([]ports.Port, error) {
	all, err := ListRawPorts(ctx, c, ports.ListOpts{DeviceID: in.RouterID,
		FixedIPs: []ports.FixedIPOpts{{SubnetID: in.SubnetID}}})
	return slices.DeleteFunc(all, func(p ports.Port) bool { return !IsRouterInterface(p.DeviceOwner) }), err
}

func connectSubnet(ctx context.Context, c *cloud.Client,
	in saga.Intent[AddRouterInterfaceInput]) (RouterInterface, error) {
	put, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return RouterInterface{}, err
	}
	defer cancel()
	answer, err := routers.AddInterface(put, c.Network, in.In.RouterID,
		routers.AddInterfaceOpts{SubnetID: in.In.SubnetID}).Extract()
	if err != nil {
		what := fmt.Sprintf("connect subnet %s with router %s", in.In.SubnetID, in.In.RouterID)
		return RouterInterface{}, cloud.Neutron.Op(cloud.Changing, what).Wrap(ctx, err)
	}
	return describeInterface(put, c, in, answer.PortID, "")
}

// describeInterface writes the mark on the port, unless it has one: the mark of
// another subnet of the same network.
func describeInterface(ctx context.Context, c *cloud.Client, in saga.Intent[AddRouterInterfaceInput], port,
	description string) (RouterInterface, error) {
	created := RouterInterface{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindRouterInterface, ID: port, Mark: in.Mark},
		RouterID:    in.In.RouterID, SubnetID: in.In.SubnetID,
	}
	if description == "" {
		current, err := ports.Get(ctx, c.Network, port).Extract()
		if err != nil {
			return created, cloud.Neutron.Op(cloud.Reading, "show port "+port).Wrap(ctx, err)
		}
		description = current.Description
	}
	if m := resource.ParseMark(description); m != "" {
		created.Mark = m
		return created, nil
	}
	mark := string(in.Mark)
	_, err := ports.Update(ctx, c.Network, port, ports.UpdateOpts{Description: &mark}).Extract()
	if err == nil {
		resource.Log(ctx, "connected", created.Object())
	}
	return created, cloud.Neutron.Op(cloud.Changing, "mark port "+port).Wrap(ctx, err)
}

// DisconnectInterface takes a port or a subnet off a router and waits until it is off.
func DisconnectInterface(ctx context.Context, c *cloud.Client, router string, o routers.RemoveInterfaceOpts) error {
	what := fmt.Sprintf("disconnect subnet %s from router %s", o.SubnetID, router)
	if o.SubnetID == "" {
		what = fmt.Sprintf("remove interface %s of router %s", o.PortID, router)
	}
	answer, err := routers.RemoveInterface(ctx, c.Network, router, o).Extract()
	if err != nil {
		return cloud.IgnoreGone(cloud.Neutron.Op(cloud.Deleting, what).Wrap(ctx, err))
	}
	begun := time.Now()
	return cloud.IgnoreGone(Ports.Watch(ctx, c, answer.PortID, func(Port) (bool, error) {
		task.Say(ctx, task.DescribeWait("port "+answer.PortID, "being disconnected", begun))
		if o.SubnetID == "" {
			return false, nil
		}
		left, err := AddRouterInterfaceInput{RouterID: router, SubnetID: o.SubnetID}.ports(ctx, c)
		return len(left) == 0, err
	}))
}
