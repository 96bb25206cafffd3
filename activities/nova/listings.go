package nova

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/availabilityzones"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

type Flavor struct {
	ID, Name               string
	VCPUs, RAMMiB, DiskGiB int
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
// that created them.
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

func ListServerGroups(ctx context.Context, c *cloud.Client) ([]ServerGroup, error) {
	all, err := findServerGroups(ctx, c)
	return all, cloud.Nova.Op(cloud.Listing, "list server groups").Wrap(ctx, err)
}

// ListFlavorNames lists the names of the flavors of a cloud.
func ListFlavorNames(ctx context.Context, clouds *cloud.Clouds, name string) ([]string, error) {
	return cloud.Using(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) ([]string, error) {
		all, err := ListFlavors(ctx, c)
		return precheck.NamesOf(all, func(f Flavor) (string, string) { return f.ID, f.Name }), err
	})
}

// ListKeyPairNames lists the names of the user's key pairs on a cloud.
func ListKeyPairNames(ctx context.Context, clouds *cloud.Clouds, name string) ([]string, error) {
	return cloud.Using(ctx, clouds, name, listKeyPairs)
}

// ListServers lists the servers of the project, with and without marks.
func ListServers(ctx context.Context, clouds *cloud.Clouds, name string) ([]Server, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := ListServersWith(ctx, opened, servers.ListOpts{})
	return all, cloud.Nova.Op(cloud.Listing, "list servers").Wrap(ctx, err)
}

// FindServers finds servers by id or exact name, with and without marks.
func FindServers(ctx context.Context, clouds *cloud.Clouds, name, nameOrID string) ([]Server, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return Servers.Find(ctx, opened, nameOrID)
}
