package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/availabilityzones"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
)

// facts is what a cloud has that bears on one request.
type facts struct {
	images    []glance.VisibleImage
	flavors   []Flavor
	networks  []neutron.VisibleNetwork
	keys      []string
	zones     []string // available ones
	types     []cinder.VolumeType
	namesakes []Server
	rooms     []precheck.QuotaLine

	keyRuns      []string // in the order of keys: the runs that made them, "" for people
	project      string   // id
	ports        []neutron.Port
	holding      []neutron.Port // those with an address that is asked for
	subnets      []neutron.VisibleSubnet
	groups       []neutron.SecurityGroup
	volumes      []cinder.Volume
	snapshots    []cinder.SourceSnapshot
	serverGroups []ServerGroup
	compute      string // nova's highest microversion
	userDataErr  error
	userDataSize int // bytes
}

type Flavor struct {
	ID, Name               string
	VCPUs, RAMMiB, DiskGiB int
}

// gather asks the cloud everything at once.
func gather(ctx context.Context, c *cloud.Client, q ServerQuery) (facts, error) {
	f := facts{project: c.Project}
	tasks := []func() error{
		func() (err error) { f.flavors, err = ListFlavors(ctx, c); return },
		func() (err error) { f.networks, err = neutron.ListVisibleNetworks(ctx, c); return },
		func() (err error) { f.namesakes, err = Servers.Find(ctx, c, q.Name); return },
		func() (err error) { f.rooms, err = listQuotas(ctx, c); return },
	}
	if q.Snapshot == "" && q.BootVolume == "" {
		tasks = append(tasks, func() (err error) { f.images, err = glance.FindVisibleImages(ctx, c, q.Image); return })
	}
	if q.KeyName != "" {
		tasks = append(tasks, func() (err error) { f.keys, f.keyRuns, err = ListKeyPairRuns(ctx, c); return })
	}
	if q.AvailabilityZone != "" {
		tasks = append(tasks, func() (err error) { f.zones, err = ListZones(ctx, c); return })
	}
	if len(q.VolumeTypes) > 0 {
		tasks = append(tasks, func() (err error) { f.types, err = cinder.ListVolumeTypes(ctx, c); return })
	}
	tasks = append(tasks, f.more(ctx, c, q)...)
	return f, resource.InParallel(tasks...)
}

func ListFlavors(ctx context.Context, c *cloud.Client) ([]Flavor, error) {
	op := cloud.Nova.Op(cloud.Listing, "list flavors")
	pages, err := flavors.ListDetail(c.Compute, flavors.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := flavors.ExtractFlavors(pages)
	var out []Flavor
	for _, f := range all {
		out = append(out, Flavor{ID: f.ID, Name: f.Name, VCPUs: f.VCPUs, RAMMiB: f.RAM, DiskGiB: f.Disk})
	}
	return out, op.Wrap(ctx, err)
}

func listKeyPairs(ctx context.Context, c *cloud.Client) ([]string, error) {
	names, _, err := ListKeyPairRuns(ctx, c)
	return names, err
}

// ListKeyPairRuns lists the names of key pairs and, in the same order, the runs
// that made them.
func ListKeyPairRuns(ctx context.Context, c *cloud.Client) (names, runs []string, err error) {
	all, err := findKeyPairs(ctx, c)
	for _, k := range all {
		names, runs = append(names, k.Name), append(runs, k.Mark.Run())
	}
	return names, runs, cloud.Nova.Op(cloud.Listing, "list key pairs").Wrap(ctx, err)
}

func ListZones(ctx context.Context, c *cloud.Client) ([]string, error) {
	op := cloud.Nova.Op(cloud.Listing, "list availability zones")
	pages, err := availabilityzones.List(c.Compute).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := availabilityzones.ExtractAvailabilityZones(pages)
	var names []string
	for _, z := range all {
		if z.ZoneState.Available {
			names = append(names, z.ZoneName)
		}
	}
	return names, op.Wrap(ctx, err)
}
