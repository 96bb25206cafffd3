package plan

import (
	"context"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// facts is what a cloud has that matters for one request.
type facts struct {
	images    []glance.VisibleImage
	flavors   []nova.Flavor
	networks  []neutron.VisibleNetwork
	keys      []string
	zones     []string // available ones
	types     []cinder.VolumeType
	namesakes []nova.Server
	quotas    []precheck.QuotaLine

	keyRuns      []string // in the order of keys: the runs that created them, "" for people
	project      string   // id
	ports        []neutron.Port
	holding      []neutron.Port // those with an address that is asked for
	subnets      []neutron.VisibleSubnet
	groups       []neutron.SecurityGroup
	volumes      []cinder.Volume
	snapshots    []cinder.SourceSnapshot
	serverGroups []nova.ServerGroup
	compute      string // nova's highest microversion
	userDataErr  error
	userDataSize int // bytes
}

// gatherFacts asks the cloud everything at once.
func gatherFacts(ctx context.Context, c *cloud.Client, q ServerQuery) (facts, error) {
	f := facts{project: c.Project}
	tasks := []func() error{
		func() (err error) { f.flavors, err = nova.ListFlavors(ctx, c); return },
		func() (err error) { f.networks, err = neutron.ListVisibleNetworks(ctx, c); return },
		func() (err error) { f.namesakes, err = nova.Servers.Find(ctx, c, q.Name); return },
		func() (err error) { f.quotas, err = listQuotas(ctx, c); return },
	}
	if q.Snapshot == "" && q.BootVolume == "" {
		tasks = append(tasks, func() (err error) { f.images, err = glance.FindVisibleImages(ctx, c, q.Image); return })
	}
	if q.KeyName != "" {
		tasks = append(tasks, func() (err error) { f.keys, f.keyRuns, err = nova.ListKeyPairRuns(ctx, c); return })
	}
	if q.AvailabilityZone != "" {
		tasks = append(tasks, func() (err error) { f.zones, err = nova.ListZones(ctx, c); return })
	}
	if len(q.VolumeTypes) > 0 {
		tasks = append(tasks, func() (err error) { f.types, err = cinder.ListVolumeTypes(ctx, c); return })
	}
	tasks = append(tasks, f.more(ctx, c, q)...)
	return f, resource.InParallel(tasks...)
}
