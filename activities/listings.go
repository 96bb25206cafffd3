package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
)

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
