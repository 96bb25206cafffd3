package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
)

// ListImageNames lists the names of the images of a cloud.
func ListImageNames(ctx context.Context, clouds *Clouds, cloud string) ([]string, error) {
	return using(ctx, clouds, cloud, func(ctx context.Context, c *client) ([]string, error) {
		all, err := listImages(ctx, c, images.ListOpts{})
		return namesOf(all, func(i imageFact) (string, string) { return i.ID, i.Name }), err
	})
}

// ListFlavorNames lists the names of the flavors of a cloud.
func ListFlavorNames(ctx context.Context, clouds *Clouds, cloud string) ([]string, error) {
	return using(ctx, clouds, cloud, func(ctx context.Context, c *client) ([]string, error) {
		all, err := listFlavors(ctx, c)
		return namesOf(all, func(f flavorFact) (string, string) { return f.ID, f.Name }), err
	})
}

// ListNetworkNames lists the names of the networks of a cloud, or only of those that
// floating IPs can be taken from.
func ListNetworkNames(ctx context.Context, clouds *Clouds, cloud string, external bool) ([]string, error) {
	return using(ctx, clouds, cloud, func(ctx context.Context, c *client) ([]string, error) {
		all, err := listNetworks(ctx, c)
		var names []string
		for _, n := range all {
			if n.External || !external {
				names = append(names, n.Name)
			}
		}
		return names, err
	})
}

// ListKeyPairNames lists the names of the user's key pairs on a cloud.
func ListKeyPairNames(ctx context.Context, clouds *Clouds, cloud string) ([]string, error) {
	return using(ctx, clouds, cloud, listKeyPairs)
}

// ListServers lists the servers of the project, with and without marks.
func ListServers(ctx context.Context, clouds *Clouds, cloud string) ([]Server, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	all, err := findServers(ctx, opened, servers.ListOpts{})
	return all, Op{Nova, Listing, "list servers"}.wrap(ctx, err)
}

// FindServers finds servers by id or exact name, with and without marks.
func FindServers(ctx context.Context, clouds *Clouds, cloud, nameOrID string) ([]Server, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return serverResource.match(ctx, opened, nameOrID)
}

// ListImages lists the images of the project, with and without marks of their
// own.
func ListImages(ctx context.Context, clouds *Clouds, cloud string) ([]Image, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	all, err := listOwnImages(ctx, opened, imagesWith{owner: opened.project})
	return all, Op{Glance, Listing, "list images"}.wrap(ctx, err)
}

// FindImages finds images of the project by id or exact name, with and without
// marks of their own.
func FindImages(ctx context.Context, clouds *Clouds, cloud, nameOrID string) ([]Image, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return matchImages(ctx, opened, nameOrID)
}

// FindProjects finds projects by id, or else by exact name in any domain, with the
// credentials of an administrator.
func FindProjects(ctx context.Context, clouds *Clouds, cloud, nameOrID string) ([]Project, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return projectResource.match(ctx, opened, nameOrID)
}

// ListVolumes lists the volumes of the project, with and without marks.
func ListVolumes(ctx context.Context, clouds *Clouds, cloud string) ([]Volume, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	all, err := findVolumes(ctx, opened, volumes.ListOpts{})
	return all, Op{Cinder, Listing, "list volumes"}.wrap(ctx, err)
}

// FindVolumes finds volumes by id or exact name, with and without marks.
func FindVolumes(ctx context.Context, clouds *Clouds, cloud, nameOrID string) ([]Volume, error) {
	opened, err := clouds.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return volumeResource.match(ctx, opened, nameOrID)
}
