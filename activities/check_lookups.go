package activities

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
)

// more are the look-ups for what only some requests ask for.
func (f *facts) more(ctx context.Context, c *client, q ServerQuery) (tasks []func() error) {
	look := func(wanted bool, task func() error) {
		if wanted {
			tasks = append(tasks, task)
		}
	}
	asks := func(has func(PortQuery) bool) bool { return slices.ContainsFunc(q.Ports, has) }
	look(asks(func(p PortQuery) bool { return p.Port != "" }), func() (err error) { f.ports, err = findBroughtPorts(ctx, c, q.Ports); return })
	look(asks(func(p PortQuery) bool { return len(p.FixedIPs) > 0 }), func() (err error) { f.subnets, err = listSubnets(ctx, c); return })
	look(asks(func(p PortQuery) bool { return len(p.FixedIPs) > 0 }), func() (err error) { f.holding, err = findHolding(ctx, c, q.Ports); return })
	look(asks(func(p PortQuery) bool { return len(p.SecurityGroups) > 0 }), func() (err error) { f.groups, err = listGroups(ctx, c); return })
	brought := append([]string{q.BootVolume}, q.Volumes...)
	look(strings.Join(brought, "") != "", func() (err error) { f.volumes, err = findBroughtVolumes(ctx, c, brought); return })
	look(q.Snapshot != "", func() (err error) { f.snapshots, err = findSnapshots(ctx, c, q.Snapshot); return })
	look(q.ServerGroup != "", func() (err error) { f.serverGroups, err = listServerGroups(ctx, c); return })
	look(len(q.FallbackZones) > 0 && q.AvailabilityZone == "", func() (err error) { f.zones, err = listZones(ctx, c); return })
	look(q.Hostname, func() (err error) { f.compute, err = highestCompute(ctx, c); return })
	look(!q.UserData.IsZero(), func() error {
		plain, err := c.keys().Open(q.UserData)
		f.userDataSize, f.userDataErr = len(plain), err
		return nil
	})
	return tasks
}

func findBroughtPorts(ctx context.Context, c *client, wanted []PortQuery) ([]Port, error) {
	var words []string
	for _, w := range wanted {
		words = append(words, w.Port)
	}
	found, err := findNamed(words, func(id string) (Port, error) {
		p, err := ports.Get(ctx, c.network, id).Extract()
		return toPort(c, p), Op{Neutron, Reading, "show port " + id}.wrap(ctx, err)
	}, func(name string) ([]Port, error) {
		return listPorts(ctx, c, ports.ListOpts{Name: name, ProjectID: c.project})
	})
	return distinct(found, func(p Port) string { return p.ID }), err
}

func listPorts(ctx context.Context, c *client, o ports.ListOpts) ([]Port, error) {
	op := Op{Neutron, Listing, "list ports"}
	pages, err := ports.List(c.network, o).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := ports.ExtractPorts(pages)
	var out []Port
	for _, p := range all {
		out = append(out, toPort(c, &p))
	}
	return out, op.wrap(ctx, err)
}

// findHolding finds the ports that have an address that is asked for.
func findHolding(ctx context.Context, c *client, wanted []PortQuery) (found []Port, err error) {
	for _, w := range wanted {
		for _, f := range w.FixedIPs {
			if f.IP == "" {
				continue
			}
			some, err := listPorts(ctx, c, ports.ListOpts{FixedIPs: []ports.FixedIPOpts{{IPAddress: f.IP}}})
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
	}
	return distinct(found, func(p Port) string { return p.ID }), nil
}

func listSubnets(ctx context.Context, c *client) ([]subnetFact, error) {
	op := Op{Neutron, Listing, "list subnets"}
	pages, err := subnets.List(c.network, subnets.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.wrap(ctx, err)
	}
	all, err := subnets.ExtractSubnets(pages)
	var out []subnetFact
	for _, s := range all {
		cidr, _ := netip.ParsePrefix(s.CIDR) // one that cannot be read holds no address
		out = append(out, subnetFact{ID: s.ID, Name: s.Name, NetworkID: s.NetworkID, CIDR: cidr})
	}
	return out, op.wrap(ctx, err)
}

// listGroups lists the security groups of the project, with and without marks.
func listGroups(ctx context.Context, c *client) ([]SecurityGroup, error) {
	all, err := allSecurityGroups(ctx, c, "")
	return all, Op{Neutron, Listing, "list security groups"}.wrap(ctx, err)
}

func listServerGroups(ctx context.Context, c *client) ([]ServerGroup, error) {
	all, err := findServerGroups(ctx, c)
	return all, Op{Nova, Listing, "list server groups"}.wrap(ctx, err)
}

func findBroughtVolumes(ctx context.Context, c *client, words []string) ([]Volume, error) {
	found, err := findNamed(words, func(id string) (Volume, error) {
		v, err := volumes.Get(ctx, c.volume, id).Extract()
		return toVolume(c, v), Op{Cinder, Reading, "show volume " + id}.wrap(ctx, err)
	}, func(name string) ([]Volume, error) {
		op := Op{Cinder, Listing, "list volumes"}
		pages, err := volumes.List(c.volume, volumes.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, op.wrap(ctx, err)
		}
		all, err := volumes.ExtractVolumes(pages)
		var out []Volume
		for _, v := range all {
			out = append(out, toVolume(c, &v))
		}
		return out, op.wrap(ctx, err)
	})
	return distinct(found, func(v Volume) string { return v.ID }), err
}

func findSnapshots(ctx context.Context, c *client, word string) ([]snapshotFact, error) {
	found, err := findNamed([]string{word}, func(id string) (snapshots.Snapshot, error) {
		s, err := snapshots.Get(ctx, c.volume, id).Extract()
		return deref(s), Op{Cinder, Reading, "show snapshot " + id}.wrap(ctx, err)
	}, func(name string) ([]snapshots.Snapshot, error) {
		op := Op{Cinder, Listing, "list snapshots"}
		pages, err := snapshots.List(c.volume, snapshots.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, op.wrap(ctx, err)
		}
		all, err := snapshots.ExtractSnapshots(pages)
		return all, op.wrap(ctx, err)
	})
	var out []snapshotFact
	for _, s := range found {
		fact := snapshotFact{ID: s.ID, Name: s.Name, Status: s.Status, Project: s.ProjectID, SizeGiB: s.Size}
		if s.ID == word || s.Name == word {
			v, err := volumeResource.fetch(ctx, c, s.VolumeID)
			if err != nil && classOf(err) != Gone {
				return nil, err
			}
			fact.NotBootable = err == nil && !v.Bootable
		}
		out = append(out, fact)
	}
	return out, err
}

// highestCompute asks nova for its highest microversion.
func highestCompute(ctx context.Context, c *client) (string, error) {
	var answer struct {
		Version struct {
			Version string `json:"version"`
		} `json:"version"`
	}
	_, err := c.compute.Get(ctx, c.compute.Endpoint, &answer, &gophercloud.RequestOpts{OkCodes: []int{200}}) //nolint:bodyclose // gophercloud closes what it decodes
	return answer.Version.Version, Op{Nova, Listing, "ask for the versions of nova"}.wrap(ctx, err)
}

// older compares microversions, such as 2.9 and 2.90.
func older(a, b string) bool {
	minor := func(v string) int {
		_, text, _ := strings.Cut(v, ".")
		n, _ := strconv.Atoi(text) // "" is older than all
		return n
	}
	return minor(a) < minor(b)
}
