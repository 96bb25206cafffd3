package plan

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// more returns the look-ups that only some requests need.
func (f *facts) more(ctx context.Context, c *cloud.Client, q ServerQuery) (tasks []func() error) {
	look := func(wanted bool, task func() error) {
		if wanted {
			tasks = append(tasks, task)
		}
	}
	asks := func(has func(PortQuery) bool) bool { return slices.ContainsFunc(q.Ports, has) }
	look(asks(func(p PortQuery) bool { return p.Port != "" }),
		func() (err error) { f.ports, err = findExistingPorts(ctx, c, q.Ports); return })
	look(asks(func(p PortQuery) bool { return len(p.FixedIPs) > 0 }),
		func() (err error) { f.subnets, err = neutron.ListVisibleSubnets(ctx, c); return })
	look(asks(func(p PortQuery) bool { return len(p.FixedIPs) > 0 }),
		func() (err error) { f.holding, err = findHolding(ctx, c, q.Ports); return })
	look(asks(func(p PortQuery) bool { return len(p.SecurityGroups) > 0 }),
		func() (err error) { f.groups, err = neutron.ListSecurityGroups(ctx, c); return })
	existing := append([]string{q.BootVolume}, q.Volumes...)
	look(strings.Join(existing, "") != "",
		func() (err error) { f.volumes, err = cinder.FindEachVolume(ctx, c, existing); return })
	look(q.Snapshot != "", func() (err error) {
		f.snapshots, err = cinder.FindSourceSnapshots(ctx, c, q.Snapshot)
		return
	})
	look(q.ServerGroup != "", func() (err error) { f.serverGroups, err = nova.ListServerGroups(ctx, c); return })
	look(len(q.FallbackZones) > 0 && q.AvailabilityZone == "",
		func() (err error) { f.zones, err = nova.ListZones(ctx, c); return })
	look(q.Hostname, func() (err error) { f.compute, err = highestCompute(ctx, c); return })
	look(!q.UserData.IsZero(), func() error {
		plain, err := c.Keys().Open(q.UserData)
		f.userDataSize, f.userDataErr = len(plain), err
		return nil
	})
	return tasks
}

func findExistingPorts(ctx context.Context, c *cloud.Client, wanted []PortQuery) ([]neutron.Port, error) {
	var words []string
	for _, w := range wanted {
		words = append(words, w.Port)
	}
	found, err := resource.FindEach(words, func(id string) (neutron.Port, error) {
		p, err := ports.Get(ctx, c.Network, id).Extract()
		return neutron.ToPort(c, p), cloud.Neutron.Op(cloud.Reading, "show port "+id).Wrap(ctx, err)
	}, func(name string) ([]neutron.Port, error) {
		return neutron.ListPorts(ctx, c, ports.ListOpts{Name: name, ProjectID: c.Project})
	})
	return resource.Distinct(found, func(p neutron.Port) string { return p.ID }), err
}

// findHolding finds the ports that have an address that is asked for.
func findHolding(ctx context.Context, c *cloud.Client, wanted []PortQuery) (found []neutron.Port, err error) {
	for _, w := range wanted {
		for _, f := range w.FixedIPs {
			if f.IP == "" {
				continue
			}
			some, err := neutron.ListPorts(ctx, c, ports.ListOpts{FixedIPs: []ports.FixedIPOpts{{IPAddress: f.IP}}})
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
	}
	return resource.Distinct(found, func(p neutron.Port) string { return p.ID }), nil
}

// highestCompute asks nova for its highest microversion.
func highestCompute(ctx context.Context, c *cloud.Client) (string, error) {
	var answer struct {
		Version struct {
			Version string `json:"version"`
		} `json:"version"`
	}
	_, err := c.Compute.Get(ctx, c.Compute.Endpoint, &answer,
		&gophercloud.RequestOpts{OkCodes: []int{200}}) //nolint:bodyclose // gophercloud closes what it decodes
	return answer.Version.Version, cloud.Nova.Op(cloud.Listing, "ask for the versions of nova").Wrap(ctx, err)
}

// isOlder compares microversions, such as 2.9 and 2.90.
func isOlder(a, b string) bool {
	minor := func(v string) int {
		_, text, _ := strings.Cut(v, ".")
		n, _ := strconv.Atoi(text) // "" is older than all
		return n
	}
	return minor(a) < minor(b)
}
