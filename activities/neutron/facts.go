package neutron

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
)

// networkFacts is what a cloud has that matters for a request for a network.
type networkFacts struct {
	networks  []VisibleNetwork
	namesakes []Network
	routers   []Router
	subnets   []Subnet
	served    map[string]bool // ids of the subnets that the existing router is on
	quotas    []precheck.QuotaLine
}

// gatherNetwork asks the cloud everything at once.
func gatherNetwork(ctx context.Context, c *cloud.Client, q NetworkQuery) (networkFacts, error) {
	var f networkFacts
	err := resource.InParallel(
		func() (err error) { f.networks, err = ListVisibleNetworks(ctx, c); return },
		func() (err error) { f.namesakes, err = Networks.Find(ctx, c, q.Name); return },
		func() (err error) { f.routers, f.served, err = listServed(ctx, c, q.Router); return },
		func() (err error) { f.subnets, err = ListSubnets(ctx, c, subnets.ListOpts{}); return },
		func() (err error) { f.quotas, err = ListNetworkQuota(ctx, c); return precheck.IgnoreRefusal(err) },
	)
	return f, err
}

func ListSubnets(ctx context.Context, c *cloud.Client, o subnets.ListOpts) ([]Subnet, error) {
	all, err := findSubnets(ctx, c, o)
	return all, cloud.Neutron.Op(cloud.Listing, "list subnets").Wrap(ctx, err)
}

// listServed lists the project's routers, and the subnets of those that are
// called like the wanted one, by id or name.
func listServed(ctx context.Context, c *cloud.Client, wanted string) ([]Router, map[string]bool, error) {
	served := map[string]bool{}
	if wanted == "" {
		return nil, served, nil
	}
	all, err := findRouters(ctx, c, routers.ListOpts{})
	if err != nil {
		return nil, nil, cloud.Neutron.Op(cloud.Listing, "list routers").Wrap(ctx, err)
	}
	for _, r := range all {
		if r.ID != wanted && r.Name != wanted {
			continue
		}
		attached, err := ListRawPorts(ctx, c, ports.ListOpts{DeviceID: r.ID})
		if err != nil {
			return nil, nil, err
		}
		for _, p := range attached {
			for _, ip := range p.FixedIPs {
				served[ip.SubnetID] = true
			}
		}
	}
	return all, served, nil
}
