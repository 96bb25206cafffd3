package neutron

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// SubnetAction creates a subnet and deletes it.
var SubnetAction = saga.Do((*Activities)(nil).CreateSubnet).UndoneBy((*Activities)(nil).DeleteSubnet).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// NoGateway stands for a subnet without gateway.
const NoGateway = "none"

// CreateSubnetInput says what subnet to create.
type CreateSubnetInput struct {
	Cloud           string   `json:"cloud"`
	Name            string   `json:"name"`
	NetworkID       string   `json:"networkId"`
	CIDR            string   `json:"cidr"`
	Gateway         string   `json:"gateway,omitempty"` // "": the first address; NoGateway: none
	DNS             []string `json:"dns,omitempty"`
	Pools           []Pool   `json:"pools,omitempty"` // none: all addresses but the gateway's
	NoDHCP          bool     `json:"noDhcp,omitempty"`
	IPv6RAMode      string   `json:"ipv6RaMode,omitempty"`
	IPv6AddressMode string   `json:"ipv6AddressMode,omitempty"`
	// in which an administrator creates it; "": the project of the credentials
	ProjectID string `json:"projectId,omitempty"`
}

// Pool is a range of addresses that ports get theirs from, with both its ends.
type Pool struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// Subnet is a neutron subnet.
type Subnet struct {
	resource.OwnedObject
	NetworkID string `json:"networkId"`
	CIDR      string `json:"cidr"`
	Gateway   string `json:"gateway,omitempty"` // "": none
}

// Its description carries the mark.
var Subnets = resource.Kind[Subnet]{
	Name: resource.KindSubnet, Service: cloud.Neutron,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Subnet, error) {
		all, err := findSubnets(ctx, c, subnets.ListOpts{Description: string(m), ProjectID: c.Project})
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Subnet, error) {
		s, err := subnets.Get(ctx, c.Network, id).Extract()
		return ToSubnet(c, s), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Subnet) error {
		op := cloud.Neutron.Op(cloud.Deleting, "delete "+resource.Describe(resource.KindSubnet, v.Name, v.ID))
		return inUse(ctx, c, op, subnets.Delete(ctx, c.Network, v.ID).ExtractErr(),
			ports.ListOpts{FixedIPs: []ports.FixedIPOpts{{SubnetID: v.ID}}})
	},
}

// CreateSubnet creates a subnet, or adopts the one with the mark.
func (a *Activities) CreateSubnet(ctx context.Context, in saga.Intent[CreateSubnetInput]) (Subnet, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Subnet, error) {
		what := fmt.Sprintf("create subnet %q of %s on network %s", in.In.Name, in.In.CIDR, in.In.NetworkID)
		return Subnets.Ensure(ctx, c.Within(in.In.ProjectID), what, in.Mark, func(ctx context.Context) (Subnet, error) {
			created, err := subnets.Create(ctx, c.Network, subnetOptions(in.In, in.Mark)).Extract()
			return ToSubnet(c, created), err
		})
	})
}

// DeleteSubnet makes sure that the subnet is absent. While ports have addresses
// on it neutron refuses, and the error names them.
func (a *Activities) DeleteSubnet(ctx context.Context, u saga.Undo[CreateSubnetInput, Subnet]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Subnets.DeleteMarked(ctx, c.Within(u.In.ProjectID), resource.IDOf(u.Out), u.Mark)
	})
}

func subnetOptions(in CreateSubnetInput, m saga.Mark) subnets.CreateOpts {
	dhcp := !in.NoDHCP
	o := subnets.CreateOpts{
		NetworkID: in.NetworkID, Name: in.Name, Description: string(m), CIDR: in.CIDR, IPVersion: gophercloud.IPv4,
		EnableDHCP:     &dhcp,
		DNSNameservers: in.DNS, ProjectID: in.ProjectID, IPv6RAMode: in.IPv6RAMode, IPv6AddressMode: in.IPv6AddressMode,
	}
	if p, err := netip.ParsePrefix(in.CIDR); err == nil && p.Addr().Is6() {
		o.IPVersion = gophercloud.IPv6
	}
	switch in.Gateway {
	case "":
	case NoGateway:
		o.GatewayIP = new(string) // sent as null
	default:
		o.GatewayIP = &in.Gateway
	}
	for _, p := range in.Pools {
		o.AllocationPools = append(o.AllocationPools, subnets.AllocationPool{Start: p.Start, End: p.End})
	}
	return o
}

func findSubnets(ctx context.Context, c *cloud.Client, o subnets.ListOpts) ([]Subnet, error) {
	pages, err := subnets.List(c.Network, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := subnets.ExtractSubnets(pages)
	var found []Subnet
	for _, s := range all {
		found = append(found, ToSubnet(c, &s))
	}
	return found, err
}

func ToSubnet(c *cloud.Client, s *subnets.Subnet) Subnet {
	if s == nil {
		return Subnet{}
	}
	return Subnet{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindSubnet, ID: s.ID,
			Name: cmp.Or(s.Name, s.CIDR), Mark: resource.ParseMark(s.Description),
			Text: resource.ParseText(s.Description), Created: s.CreatedAt, Project: s.ProjectID},
		NetworkID: s.NetworkID, CIDR: s.CIDR, Gateway: s.GatewayIP,
	}
}
