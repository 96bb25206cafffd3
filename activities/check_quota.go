package activities

import (
	"context"
	"slices"

	novalimits "github.com/gophercloud/gophercloud/v2/openstack/compute/v2/limits"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/quotas"

	cinderlimits "github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/limits"
)

// room is one line of a project's quota.
type room struct {
	service Service
	of      string // what is counted, in OpenStack's word
	limit   int    // -1: without limit
	used    int
}

// listRooms reads the quotas that bear on a server. A service that does not
// tell is left out: the create will.
func listRooms(ctx context.Context, c *client) ([]room, error) {
	var rooms []room
	for _, read := range []func(context.Context, *client) ([]room, error){novaRooms, neutronRooms, cinderRooms} {
		some, err := read(ctx, c)
		if optional(err) != nil {
			return nil, err
		}
		rooms = append(rooms, some...)
	}
	return rooms, nil
}

func novaRooms(ctx context.Context, c *client) ([]room, error) {
	l, err := novalimits.Get(ctx, c.compute, nil).Extract()
	if err != nil {
		return nil, lookOp(Nova).wrap(ctx, err)
	}
	a := l.Absolute
	return []room{
		{Nova, "instances", a.MaxTotalInstances, a.TotalInstancesUsed},
		{Nova, "cores", a.MaxTotalCores, a.TotalCoresUsed},
		{Nova, "ram", a.MaxTotalRAMSize, a.TotalRAMUsed},
		{Nova, serverGroups, a.MaxServerGroups, a.TotalServerGroupsUsed},
		{Nova, keyPairs, a.MaxTotalKeypairs, 0},   // counted by the user's list
		{Nova, metadataItems, a.MaxServerMeta, 0}, // of each server
	}, nil
}

func neutronRooms(ctx context.Context, c *client) ([]room, error) {
	q, err := quotas.GetDetail(ctx, c.network, c.project).Extract()
	if err != nil {
		return nil, lookOp(Neutron).wrap(ctx, err)
	}
	of := func(name string, d quotas.QuotaDetail) room { return room{Neutron, name, d.Limit, d.Used + d.Reserved} }
	return []room{of("network", q.Network), of("subnet", q.Subnet), of("router", q.Router), of("port", q.Port), of("floatingip", q.FloatingIP), of("security_group", q.SecurityGroup), of("security_group_rule", q.SecurityGroupRule)}, nil
}

func cinderRooms(ctx context.Context, c *client) ([]room, error) {
	l, err := cinderlimits.Get(ctx, c.volume).Extract()
	if err != nil {
		return nil, lookOp(Cinder).wrap(ctx, err)
	}
	a := l.Absolute
	return []room{
		{Cinder, "volumes", a.MaxTotalVolumes, a.TotalVolumesUsed},
		{Cinder, "gigabytes", a.MaxTotalVolumeGigabytes, a.TotalGigabytesUsed},
	}, nil
}

// Lines of nova's quota, in its words.
const (
	serverGroups  = "server_groups"
	keyPairs      = "key_pairs"
	metadataItems = "metadata_items"
)

// quota compares what the request needs with what is left, with each flavor that
// may be tried.
func (p *planner) quota(flavors []flavorFact) {
	if len(flavors) == 0 {
		flavors = []flavorFact{{}}
	}
	rooms := slices.Clone(p.rooms)
	for i := range rooms {
		if rooms[i].of == keyPairs {
			rooms[i].used = len(p.keys)
		}
	}
	for _, flavor := range flavors {
		p.CheckQuota(rooms, p.needs(flavor))
	}
}

// firstRules is how many rules neutron puts into a new security group: one for
// each IP version, to let everything out.
const firstRules = 2

// needs counts what the request takes of each line of the quotas.
func (p *planner) needs(flavor flavorFact) map[string]int {
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
		n["security_group"], n["security_group_rule"] = 1, q.Rules+firstRules
	}
	if q.NewServerGroup {
		n[serverGroups] = 1
	}
	if q.NewKeyPair {
		n[keyPairs] = 1
	}
	if q.Properties > 0 {
		n[metadataItems] = q.Properties + len(metadata(""))
	}
	for _, size := range append([]int{p.out.BootVolumeGiB}, q.DataVolumesGiB...) {
		if size > 0 {
			n["volumes"]++
			n["gigabytes"] += size
		}
	}
	return n
}
