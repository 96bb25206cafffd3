package plan

import (
	"context"
	"slices"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// listQuotas reads the quotas that matter for a server. A service that does not
// tell is left out: the create will.
func listQuotas(ctx context.Context, c *cloud.Client) ([]precheck.QuotaLine, error) {
	var quotas []precheck.QuotaLine
	for _, read := range []func(context.Context, *cloud.Client) ([]precheck.QuotaLine, error){
		nova.ListComputeQuota, neutron.ListNetworkQuota, cinder.ListVolumeQuota,
	} {
		some, err := read(ctx, c)
		if precheck.IgnoreRefusal(err) != nil {
			return nil, err
		}
		quotas = append(quotas, some...)
	}
	return quotas, nil
}

// quota compares what the request needs with what is left, with each flavor that
// may be tried.
func (p *planner) quota(flavors []nova.Flavor) {
	if len(flavors) == 0 {
		flavors = []nova.Flavor{{}}
	}
	quotas := slices.Clone(p.quotas)
	for i := range quotas {
		if quotas[i].Resource == nova.QuotaKeyPairs {
			quotas[i].Used = len(p.keys)
		}
	}
	for _, flavor := range flavors {
		p.CheckQuota(quotas, p.needs(flavor))
	}
}

// needs counts what the request takes of each line of the quotas.
func (p *planner) needs(flavor nova.Flavor) map[string]int {
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
		n[nova.QuotaServerGroups] = 1
	}
	if q.NewKeyPair {
		n[nova.QuotaKeyPairs] = 1
	}
	if q.Properties > 0 {
		n[nova.QuotaMetadataItems] = q.Properties + len(resource.MarkMetadata(""))
	}
	for _, size := range append([]int{p.out.BootVolumeGiB}, q.DataVolumesGiB...) {
		if size > 0 {
			n["volumes"]++
			n["gigabytes"] += size
		}
	}
	return n
}
