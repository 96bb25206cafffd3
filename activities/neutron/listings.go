package neutron

import (
	"context"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/external"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"novaflow/activities/internal/cloud"
)

// VisibleSubnet is a subnet of any network.
type VisibleSubnet struct {
	ID, Name, NetworkID string
	CIDR                netip.Prefix
}

type VisibleNetwork struct {
	ID, Name            string
	External, HasSubnet bool
}

func ListVisibleNetworks(ctx context.Context, c *cloud.Client) ([]VisibleNetwork, error) {
	op := cloud.Neutron.Op(cloud.Listing, "list networks")
	pages, err := networks.List(c.Network, networks.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	var all []struct {
		networks.Network
		external.NetworkExternalExt
	}
	err = networks.ExtractNetworksInto(pages, &all)
	var out []VisibleNetwork
	for _, n := range all {
		out = append(out, VisibleNetwork{ID: n.ID, Name: n.Name, External: n.External, HasSubnet: len(n.Subnets) > 0})
	}
	return out, op.Wrap(ctx, err)
}

func ListPorts(ctx context.Context, c *cloud.Client, o ports.ListOpts) ([]Port, error) {
	op := cloud.Neutron.Op(cloud.Listing, "list ports")
	pages, err := ports.List(c.Network, o).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := ports.ExtractPorts(pages)
	var out []Port
	for _, p := range all {
		out = append(out, ToPort(c, &p))
	}
	return out, op.Wrap(ctx, err)
}

func ListVisibleSubnets(ctx context.Context, c *cloud.Client) ([]VisibleSubnet, error) {
	op := cloud.Neutron.Op(cloud.Listing, "list subnets")
	pages, err := subnets.List(c.Network, subnets.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := subnets.ExtractSubnets(pages)
	var out []VisibleSubnet
	for _, s := range all {
		cidr, _ := netip.ParsePrefix(s.CIDR) // one that cannot be read holds no address
		out = append(out, VisibleSubnet{ID: s.ID, Name: s.Name, NetworkID: s.NetworkID, CIDR: cidr})
	}
	return out, op.Wrap(ctx, err)
}

// ListSecurityGroups lists the security groups of the project, with and without marks.
func ListSecurityGroups(ctx context.Context, c *cloud.Client) ([]SecurityGroup, error) {
	all, err := allSecurityGroups(ctx, c, "")
	return all, cloud.Neutron.Op(cloud.Listing, "list security groups").Wrap(ctx, err)
}

// ListNetworkNames lists the names of the networks of a cloud, or only of those that
// floating IPs can be taken from.
func ListNetworkNames(ctx context.Context, clouds *cloud.Clouds, name string, external bool) ([]string, error) {
	return cloud.Using(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) ([]string, error) {
		all, err := ListVisibleNetworks(ctx, c)
		var names []string
		for _, n := range all {
			if n.External || !external {
				names = append(names, n.Name)
			}
		}
		return names, err
	})
}

// ListNetworks lists the networks of the project, with and without marks.
func ListNetworks(ctx context.Context, clouds *cloud.Clouds, name string) ([]Network, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := findNetworks(ctx, opened, networks.ListOpts{ProjectID: opened.Project})
	return all, cloud.Neutron.Op(cloud.Listing, "list networks").Wrap(ctx, err)
}

// FindNetworks finds networks by id, else the project's by exact name, with and
// without marks.
func FindNetworks(ctx context.Context, clouds *cloud.Clouds, name, nameOrID string) ([]Network, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return Networks.Find(ctx, opened, nameOrID)
}
