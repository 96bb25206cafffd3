package neutron

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/mtu"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/portsecurity"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// Activities has the activities for networks, subnets, routers, ports, floating IPs and
// security groups.
type Activities struct{ Clouds *cloud.Clouds }

// NetworkAction creates a network and deletes it.
var NetworkAction = saga.Do((*Activities)(nil).CreateNetwork).UndoneBy((*Activities)(nil).DeleteNetwork).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateNetworkInput says what network to create.
type CreateNetworkInput struct {
	Cloud string `json:"cloud"`
	Name  string `json:"name"`
	MTU   int    `json:"mtu,omitempty"` // bytes; 0: what the cloud offers
	// ports are not guarded against false addresses, and have no security groups
	NoPortSecurity bool `json:"noPortSecurity,omitempty"`
	// in which an administrator creates it; "": the project of the credentials
	ProjectID string `json:"projectId,omitempty"`
}

// Network is a neutron network.
type Network struct {
	resource.OwnedObject
	Subnets []string `json:"subnets,omitempty"` // ids
}

// Its description carries the mark.
var Networks = resource.Kind[Network]{
	Name: resource.KindNetwork, Service: cloud.Neutron,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Network, error) {
		all, err := findNetworks(ctx, c, networks.ListOpts{Description: string(m), ProjectID: c.Project})
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Network, error) {
		n, err := networks.Get(ctx, c.Network, id).Extract()
		return ToNetwork(c, n), err
	},
	ListNamed: func(ctx context.Context, c *cloud.Client, name string) ([]Network, error) {
		return findNetworks(ctx, c, networks.ListOpts{Name: name, ProjectID: c.Project})
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Network) error {
		op := cloud.Neutron.Op(cloud.Deleting, "delete "+resource.Describe(resource.KindNetwork, v.Name, v.ID))
		return inUse(ctx, c, op, networks.Delete(ctx, c.Network, v.ID).ExtractErr(), ports.ListOpts{NetworkID: v.ID})
	},
}

// CreateNetwork creates a network without subnets, or adopts the one with the mark.
func (a *Activities) CreateNetwork(ctx context.Context, in saga.Intent[CreateNetworkInput]) (Network, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Network, error) {
		what := fmt.Sprintf("create network %q", in.In.Name)
		return Networks.Ensure(ctx, c.Within(in.In.ProjectID), what, in.Mark,
			func(ctx context.Context) (Network, error) {
				created, err := networks.Create(ctx, c.Network, networkOptions(in.In, in.Mark)).Extract()
				return ToNetwork(c, created), err
			})
	})
}

// DeleteNetwork makes sure that the network is absent. While ports of others are
// on it neutron refuses, and the error names them.
func (a *Activities) DeleteNetwork(ctx context.Context, u saga.Undo[CreateNetworkInput, Network]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Networks.DeleteMarked(ctx, c.Within(u.In.ProjectID), resource.IDOf(u.Out), u.Mark)
	})
}

func networkOptions(in CreateNetworkInput, m saga.Mark) networks.CreateOptsBuilder {
	var o networks.CreateOptsBuilder = networks.CreateOpts{Name: in.Name, Description: string(m),
		ProjectID: in.ProjectID}
	if in.MTU != 0 {
		o = mtu.CreateOptsExt{CreateOptsBuilder: o, MTU: in.MTU}
	}
	if in.NoPortSecurity {
		off := false
		o = portsecurity.NetworkCreateOptsExt{CreateOptsBuilder: o, PortSecurityEnabled: &off}
	}
	return o
}

func findNetworks(ctx context.Context, c *cloud.Client, o networks.ListOpts) ([]Network, error) {
	pages, err := networks.List(c.Network, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := networks.ExtractNetworks(pages)
	var found []Network
	for _, n := range all {
		found = append(found, ToNetwork(c, &n))
	}
	return found, err
}

func ToNetwork(c *cloud.Client, n *networks.Network) Network {
	if n == nil {
		return Network{}
	}
	return Network{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindNetwork, ID: n.ID, Name: n.Name,
			Status: n.Status, Mark: resource.ParseMark(n.Description), Text: resource.ParseText(n.Description),
			Created: n.CreatedAt, Project: n.ProjectID},
		Subnets: n.Subnets,
	}
}
