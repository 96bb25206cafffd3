package activities

import (
	"context"
	"slices"

	novalimits "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/limits"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
)

// listQuotas reads the quotas that bear on a server. A service that does not
// tell is left out: the create will.
func listQuotas(ctx context.Context, c *cloud.Client) ([]precheck.QuotaLine, error) {
	var rooms []precheck.QuotaLine
	for _, read := range []func(context.Context, *cloud.Client) ([]precheck.QuotaLine, error){ListComputeQuota, neutron.ListNetworkQuota, cinder.ListVolumeQuota} {
		some, err := read(ctx, c)
		if precheck.IgnoreRefusal(err) != nil {
			return nil, err
		}
		rooms = append(rooms, some...)
	}
	return rooms, nil
}

func ListComputeQuota(ctx context.Context, c *cloud.Client) ([]precheck.QuotaLine, error) {
	l, err := novalimits.Get(ctx, c.Compute, nil).Extract()
	if err != nil {
		return nil, precheck.QuotaOp(cloud.Nova).Wrap(ctx, err)
	}
	a := l.Absolute
	return []precheck.QuotaLine{
		precheck.NewQuotaLine(cloud.Nova, "instances", a.MaxTotalInstances, a.TotalInstancesUsed),
		precheck.NewQuotaLine(cloud.Nova, "cores", a.MaxTotalCores, a.TotalCoresUsed),
		precheck.NewQuotaLine(cloud.Nova, "ram", a.MaxTotalRAMSize, a.TotalRAMUsed),
		precheck.NewQuotaLine(cloud.Nova, QuotaServerGroups, a.MaxServerGroups, a.TotalServerGroupsUsed),
		precheck.NewQuotaLine(cloud.Nova, QuotaKeyPairs, a.MaxTotalKeypairs, 0),   // counted by the user's list
		precheck.NewQuotaLine(cloud.Nova, QuotaMetadataItems, a.MaxServerMeta, 0), // of each server
	}, nil
}

// Lines of nova's quota, in its words.
const (
	QuotaServerGroups  = "server_groups"
	QuotaKeyPairs      = "key_pairs"
	QuotaMetadataItems = "metadata_items"
)

// quota compares what the request needs with what is left, with each flavor that
// may be tried.
func (p *planner) quota(flavors []Flavor) {
	if len(flavors) == 0 {
		flavors = []Flavor{{}}
	}
	rooms := slices.Clone(p.rooms)
	for i := range rooms {
		if rooms[i].Resource == QuotaKeyPairs {
			rooms[i].Used = len(p.keys)
		}
	}
	for _, flavor := range flavors {
		p.CheckQuota(rooms, p.needs(flavor))
	}
}

// needs counts what the request takes of each line of the quotas.
func (p *planner) needs(flavor Flavor) map[string]int {
	q := p.q
	n := map[string]int{"instances": 1, "port": len(q.Networks), "cores": flavor.VCPUs, "ram": flavor.RAMMiB}
	for _, port := range q.Ports {
		if port.Port != "" {
			n["port"]--
		}
	}
	if q.ExternalNetwork != "" {
		n["floatingip"] = 1
	}
	if q.SecurityGroup {
		n["security_group"], n["security_group_rule"] = 1, q.Rules+neutron.DefaultRules
	}
	if q.NewServerGroup {
		n[QuotaServerGroups] = 1
	}
	if q.NewKeyPair {
		n[QuotaKeyPairs] = 1
	}
	if q.Properties > 0 {
		n[QuotaMetadataItems] = q.Properties + len(resource.MarkMetadata(""))
	}
	for _, size := range append([]int{p.out.BootVolumeGiB}, q.DataVolumesGiB...) {
		if size > 0 {
			n["volumes"]++
			n["gigabytes"] += size
		}
	}
	return n
}
