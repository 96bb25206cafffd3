package activities

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/mtu"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/portsecurity"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/saga"
)

// neutronActivities has the activities for networks, subnets, routers, ports, floating IPs and security groups.
type neutronActivities struct{ Clouds *Clouds }

// NetworkAction makes a network and takes it away.
var NetworkAction = saga.Do((*neutronActivities)(nil).CreateNetwork).UndoneBy((*neutronActivities)(nil).DeleteNetwork).With(submit).UndoWith(untilGone)

// CreateNetworkInput says what network to make.
type CreateNetworkInput struct {
	Cloud          string `json:"cloud"`
	Name           string `json:"name"`
	MTU            int    `json:"mtu,omitempty"`            // bytes; 0: what the cloud offers
	NoPortSecurity bool   `json:"noPortSecurity,omitempty"` // ports are not guarded against false addresses, and have no security groups
	ProjectID      string `json:"projectId,omitempty"`      // in which an administrator makes it; "": that of the credentials
}

// Network is a neutron network.
type Network struct {
	OwnedObject
	Subnets []string `json:"subnets,omitempty"` // ids
}

// Its description carries the mark.
var networkResource = resource[Network]{
	kind: KindNetwork, service: Neutron,
	find: func(ctx context.Context, c *client, m saga.Mark) ([]Network, error) {
		all, err := findNetworks(ctx, c, networks.ListOpts{Description: string(m), ProjectID: c.project})
		return withMark(m, all), err
	},
	get: func(ctx context.Context, c *client, id string) (Network, error) {
		n, err := networks.Get(ctx, c.network, id).Extract()
		return toNetwork(c, n), err
	},
	listNamed: func(ctx context.Context, c *client, name string) ([]Network, error) {
		return findNetworks(ctx, c, networks.ListOpts{Name: name, ProjectID: c.project})
	},
	remove: func(ctx context.Context, c *client, v Network) error {
		op := Op{Neutron, Deleting, "delete " + named(KindNetwork, v.Name, v.ID)}
		return inUse(ctx, c, op, networks.Delete(ctx, c.network, v.ID).ExtractErr(), ports.ListOpts{NetworkID: v.ID})
	},
}

// CreateNetwork makes a network without subnets, or adopts the one with the mark.
func (a *neutronActivities) CreateNetwork(ctx context.Context, in saga.Intent[CreateNetworkInput]) (Network, error) {
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (Network, error) {
		what := fmt.Sprintf("create network %q", in.In.Name)
		return networkResource.ensure(ctx, c.within(in.In.ProjectID), what, in.Mark, func(ctx context.Context) (Network, error) {
			made, err := networks.Create(ctx, c.network, networkOptions(in.In, in.Mark)).Extract()
			return toNetwork(c, made), err
		})
	})
}

// DeleteNetwork makes sure that the network is absent. While ports of others are
// on it neutron refuses, and the error names them.
func (a *neutronActivities) DeleteNetwork(ctx context.Context, u saga.Undo[CreateNetworkInput, Network]) error {
	return backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *client) error {
		return networkResource.absent(ctx, c.within(u.In.ProjectID), idOf(u.Out), u.Mark)
	})
}

func networkOptions(in CreateNetworkInput, m saga.Mark) networks.CreateOptsBuilder {
	var o networks.CreateOptsBuilder = networks.CreateOpts{Name: in.Name, Description: string(m), ProjectID: in.ProjectID}
	if in.MTU != 0 {
		o = mtu.CreateOptsExt{CreateOptsBuilder: o, MTU: in.MTU}
	}
	if in.NoPortSecurity {
		off := false
		o = portsecurity.NetworkCreateOptsExt{CreateOptsBuilder: o, PortSecurityEnabled: &off}
	}
	return o
}

func findNetworks(ctx context.Context, c *client, o networks.ListOpts) ([]Network, error) {
	pages, err := networks.List(c.network, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := networks.ExtractNetworks(pages)
	var found []Network
	for _, n := range all {
		found = append(found, toNetwork(c, &n))
	}
	return found, err
}

func toNetwork(c *client, n *networks.Network) Network {
	if n == nil {
		return Network{}
	}
	return Network{
		OwnedObject: OwnedObject{Cloud: c.name, Kind: KindNetwork, ID: n.ID, Name: n.Name, Status: n.Status, Mark: markIn(n.Description), Text: textIn(n.Description), Created: n.CreatedAt, Project: n.ProjectID},
		Subnets:     n.Subnets,
	}
}
