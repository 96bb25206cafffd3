package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumetypes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/availabilityzones"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/external"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
)

// facts is what a cloud has that bears on one request.
type facts struct {
	images    []VisibleImage
	flavors   []Flavor
	networks  []VisibleNetwork
	keys      []string
	zones     []string // available ones
	types     []VolumeType
	namesakes []Server
	rooms     []precheck.QuotaLine

	keyRuns      []string // in the order of keys: the runs that made them, "" for people
	project      string   // id
	ports        []Port
	holding      []Port // those with an address that is asked for
	subnets      []VisibleSubnet
	groups       []SecurityGroup
	volumes      []Volume
	snapshots    []SourceSnapshot
	serverGroups []ServerGroup
	compute      string // nova's highest microversion
	userDataErr  error
	userDataSize int // bytes
}

type VisibleImage struct {
	ID, Name, Status      string
	MinDiskGiB, MinRAMMiB int
	Bytes                 int64 // of its contents on a disk
}

func (i VisibleImage) SizeGiB() int { return int((i.Bytes + 1<<30 - 1) >> 30) }

type Flavor struct {
	ID, Name               string
	VCPUs, RAMMiB, DiskGiB int
}

type VolumeType struct{ ID, Name string }

type VisibleNetwork struct {
	ID, Name            string
	External, HasSubnet bool
}

// gather asks the cloud everything at once.
func gather(ctx context.Context, c *cloud.Client, q ServerQuery) (facts, error) {
	f := facts{project: c.Project}
	tasks := []func() error{
		func() (err error) { f.flavors, err = ListFlavors(ctx, c); return },
		func() (err error) { f.networks, err = ListVisibleNetworks(ctx, c); return },
		func() (err error) { f.namesakes, err = Servers.Find(ctx, c, q.Name); return },
		func() (err error) { f.rooms, err = listQuotas(ctx, c); return },
	}
	if q.Snapshot == "" && q.BootVolume == "" {
		tasks = append(tasks, func() (err error) { f.images, err = FindVisibleImages(ctx, c, q.Image); return })
	}
	if q.KeyName != "" {
		tasks = append(tasks, func() (err error) { f.keys, f.keyRuns, err = ListKeyPairRuns(ctx, c); return })
	}
	if q.AvailabilityZone != "" {
		tasks = append(tasks, func() (err error) { f.zones, err = ListZones(ctx, c); return })
	}
	if len(q.VolumeTypes) > 0 {
		tasks = append(tasks, func() (err error) { f.types, err = ListVolumeTypes(ctx, c); return })
	}
	tasks = append(tasks, f.more(ctx, c, q)...)
	return f, resource.InParallel(tasks...)
}

// FindVisibleImages finds images by id or name. Only if there is none does it list
// all, to tell what there is.
func FindVisibleImages(ctx context.Context, c *cloud.Client, nameOrID string) ([]VisibleImage, error) {
	if resource.LooksLikeID(nameOrID) {
		i, err := images.Get(ctx, c.Image, nameOrID).Extract()
		if err == nil {
			return []VisibleImage{toImage(*i)}, nil
		}
		if err = cloud.Glance.Op(cloud.Reading, "show image "+nameOrID).Wrap(ctx, err); cloud.ClassOf(err) != cloud.Gone {
			return nil, err
		}
	}
	found, err := listVisibleImages(ctx, c, images.ListOpts{Name: nameOrID})
	if err != nil || len(found) > 0 {
		return found, err
	}
	return listVisibleImages(ctx, c, images.ListOpts{})
}

func listVisibleImages(ctx context.Context, c *cloud.Client, o images.ListOpts) ([]VisibleImage, error) {
	op := cloud.Glance.Op(cloud.Listing, "list images")
	pages, err := images.List(c.Image, o).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := images.ExtractImages(pages)
	var out []VisibleImage
	for _, i := range all {
		out = append(out, toImage(i))
	}
	return out, op.Wrap(ctx, err)
}

func toImage(i images.Image) VisibleImage {
	return VisibleImage{ID: i.ID, Name: i.Name, Status: string(i.Status), MinDiskGiB: i.MinDiskGigabytes, MinRAMMiB: i.MinRAMMegabytes, Bytes: max(i.SizeBytes, i.VirtualSize)}
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

func ListVolumeTypes(ctx context.Context, c *cloud.Client) ([]VolumeType, error) {
	op := cloud.Cinder.Op(cloud.Listing, "list volume types")
	pages, err := volumetypes.List(c.Volume, nil).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := volumetypes.ExtractVolumeTypes(pages)
	var out []VolumeType
	for _, t := range all {
		out = append(out, VolumeType{ID: t.ID, Name: t.Name})
	}
	return out, op.Wrap(ctx, err)
}
