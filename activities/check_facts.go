package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumetypes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/availabilityzones"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/external"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
)

// facts is what a cloud has that bears on one request.
type facts struct {
	images    []imageFact
	flavors   []flavorFact
	networks  []networkFact
	keys      []string
	zones     []string // available ones
	types     []volumeTypeFact
	namesakes []Server
	rooms     []room

	keyRuns      []string // in the order of keys: the runs that made them, "" for people
	project      string   // id
	ports        []Port
	holding      []Port // those with an address that is asked for
	subnets      []subnetFact
	groups       []SecurityGroup
	volumes      []Volume
	snapshots    []snapshotFact
	serverGroups []ServerGroup
	compute      string // nova's highest microversion
	userDataErr  error
	userDataSize int // bytes
}

type imageFact struct {
	ID, Name, Status      string
	MinDiskGiB, MinRAMMiB int
	Bytes                 int64 // of its contents on a disk
}

func (i imageFact) sizeGiB() int { return int((i.Bytes + 1<<30 - 1) >> 30) }

type flavorFact struct {
	ID, Name               string
	VCPUs, RAMMiB, DiskGiB int
}

type volumeTypeFact struct{ ID, Name string }

type networkFact struct {
	ID, Name            string
	External, HasSubnet bool
}

// gather asks the cloud everything at once.
func gather(ctx context.Context, c *client, q ServerQuery) (facts, error) {
	f := facts{project: c.project}
	tasks := []func() error{
		func() (err error) { f.flavors, err = listFlavors(ctx, c); return },
		func() (err error) { f.networks, err = listNetworks(ctx, c); return },
		func() (err error) { f.namesakes, err = serverResource.match(ctx, c, q.Name); return },
		func() (err error) { f.rooms, err = listRooms(ctx, c); return },
	}
	if q.Snapshot == "" && q.BootVolume == "" {
		tasks = append(tasks, func() (err error) { f.images, err = findImages(ctx, c, q.Image); return })
	}
	if q.KeyName != "" {
		tasks = append(tasks, func() (err error) { f.keys, f.keyRuns, err = listKeyPairRuns(ctx, c); return })
	}
	if q.AvailabilityZone != "" {
		tasks = append(tasks, func() (err error) { f.zones, err = listZones(ctx, c); return })
	}
	if len(q.VolumeTypes) > 0 {
		tasks = append(tasks, func() (err error) { f.types, err = listVolumeTypes(ctx, c); return })
	}
	tasks = append(tasks, f.more(ctx, c, q)...)
	return f, together(tasks...)
}

// findImages finds images by id or name. Only if there is none does it list
// all, to tell what there is.
func findImages(ctx context.Context, c *client, nameOrID string) ([]imageFact, error) {
	if LooksLikeID(nameOrID) {
		i, err := images.Get(ctx, c.image, nameOrID).Extract()
		if err == nil {
			return []imageFact{toImage(*i)}, nil
		}
		if err = (Op{Glance, Reading, "show image " + nameOrID}).wrap(ctx, err); classOf(err) != Gone {
			return nil, err
		}
	}
	found, err := listImages(ctx, c, images.ListOpts{Name: nameOrID})
	if err != nil || len(found) > 0 {
		return found, err
	}
	return listImages(ctx, c, images.ListOpts{})
}

func listImages(ctx context.Context, c *client, o images.ListOpts) ([]imageFact, error) {
	op := Op{Glance, Listing, "list images"}
	pages, err := images.List(c.image, o).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := images.ExtractImages(pages)
	var out []imageFact
	for _, i := range all {
		out = append(out, toImage(i))
	}
	return out, op.wrap(ctx, err)
}

func toImage(i images.Image) imageFact {
	return imageFact{ID: i.ID, Name: i.Name, Status: string(i.Status), MinDiskGiB: i.MinDiskGigabytes, MinRAMMiB: i.MinRAMMegabytes, Bytes: max(i.SizeBytes, i.VirtualSize)}
}

func listFlavors(ctx context.Context, c *client) ([]flavorFact, error) {
	op := Op{Nova, Listing, "list flavors"}
	pages, err := flavors.ListDetail(c.compute, flavors.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := flavors.ExtractFlavors(pages)
	var out []flavorFact
	for _, f := range all {
		out = append(out, flavorFact{ID: f.ID, Name: f.Name, VCPUs: f.VCPUs, RAMMiB: f.RAM, DiskGiB: f.Disk})
	}
	return out, op.wrap(ctx, err)
}

func listNetworks(ctx context.Context, c *client) ([]networkFact, error) {
	op := Op{Neutron, Listing, "list networks"}
	pages, err := networks.List(c.network, networks.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	var all []struct {
		networks.Network
		external.NetworkExternalExt
	}
	err = networks.ExtractNetworksInto(pages, &all)
	var out []networkFact
	for _, n := range all {
		out = append(out, networkFact{ID: n.ID, Name: n.Name, External: n.External, HasSubnet: len(n.Subnets) > 0})
	}
	return out, op.wrap(ctx, err)
}

func listKeyPairs(ctx context.Context, c *client) ([]string, error) {
	names, _, err := listKeyPairRuns(ctx, c)
	return names, err
}

// listKeyPairRuns lists the names of key pairs and, in the same order, the runs
// that made them.
func listKeyPairRuns(ctx context.Context, c *client) (names, runs []string, err error) {
	all, err := findKeyPairs(ctx, c)
	for _, k := range all {
		names, runs = append(names, k.Name), append(runs, k.Mark.Run())
	}
	return names, runs, Op{Nova, Listing, "list key pairs"}.wrap(ctx, err)
}

func listZones(ctx context.Context, c *client) ([]string, error) {
	op := Op{Nova, Listing, "list availability zones"}
	pages, err := availabilityzones.List(c.compute).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := availabilityzones.ExtractAvailabilityZones(pages)
	var names []string
	for _, z := range all {
		if z.ZoneState.Available {
			names = append(names, z.ZoneName)
		}
	}
	return names, op.wrap(ctx, err)
}

func listVolumeTypes(ctx context.Context, c *client) ([]volumeTypeFact, error) {
	op := Op{Cinder, Listing, "list volume types"}
	pages, err := volumetypes.List(c.volume, nil).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := volumetypes.ExtractVolumeTypes(pages)
	var out []volumeTypeFact
	for _, t := range all {
		out = append(out, volumeTypeFact{ID: t.ID, Name: t.Name})
	}
	return out, op.wrap(ctx, err)
}
