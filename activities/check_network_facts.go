package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
)

// networkFacts is what a cloud has that bears on a request for a network.
type networkFacts struct {
	networks  []networkFact
	namesakes []Network
	routers   []Router
	subnets   []Subnet
	served    map[string]bool // ids of the subnets that the existing router is on
	rooms     []room
}

// gatherNetwork asks the cloud everything at once.
func gatherNetwork(ctx context.Context, c *client, q NetworkQuery) (networkFacts, error) {
	var f networkFacts
	err := together(
		func() (err error) { f.networks, err = listNetworks(ctx, c); return },
		func() (err error) { f.namesakes, err = networkResource.match(ctx, c, q.Name); return },
		func() (err error) { f.routers, f.served, err = listServed(ctx, c, q.Router); return },
		func() (err error) { f.subnets, err = searchSubnets(ctx, c, subnets.ListOpts{}); return },
		func() (err error) { f.rooms, err = neutronRooms(ctx, c); return optional(err) },
	)
	return f, err
}

func searchSubnets(ctx context.Context, c *client, o subnets.ListOpts) ([]Subnet, error) {
	all, err := findSubnets(ctx, c, o)
	return all, Op{Neutron, Listing, "list subnets"}.wrap(ctx, err)
}

// listServed lists the project's routers, and the subnets of those that are
// called like the wanted one, by id or name.
func listServed(ctx context.Context, c *client, wanted string) ([]Router, map[string]bool, error) {
	served := map[string]bool{}
	if wanted == "" {
		return nil, served, nil
	}
	all, err := findRouters(ctx, c, routers.ListOpts{})
	if err != nil {
		return nil, nil, Op{Neutron, Listing, "list routers"}.wrap(ctx, err)
	}
	for _, r := range all {
		if r.ID != wanted && r.Name != wanted {
			continue
		}
		held, err := searchPorts(ctx, c, ports.ListOpts{DeviceID: r.ID})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range held {
			for _, ip := range p.FixedIPs {
				served[ip.SubnetID] = true
			}
		}
	}
	return all, served, nil
}
