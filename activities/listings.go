package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
)

// Images lists the names of the images of a cloud.
func (c *Clouds) Images(ctx context.Context, cloud string) ([]string, error) {
	return c.names(ctx, cloud, func(ctx context.Context, c *client) ([]string, error) {
		all, err := listImages(ctx, c, images.ListOpts{})
		return namesOf(all, func(i imageFact) (string, string) { return i.ID, i.Name }), err
	})
}

// Flavors lists the names of the flavors of a cloud.
func (c *Clouds) Flavors(ctx context.Context, cloud string) ([]string, error) {
	return c.names(ctx, cloud, func(ctx context.Context, c *client) ([]string, error) {
		all, err := listFlavors(ctx, c)
		return namesOf(all, func(f flavorFact) (string, string) { return f.ID, f.Name }), err
	})
}

// Networks lists the names of the networks of a cloud, or only of those that
// floating IPs can be taken from.
func (c *Clouds) Networks(ctx context.Context, cloud string, external bool) ([]string, error) {
	return c.names(ctx, cloud, func(ctx context.Context, c *client) ([]string, error) {
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

// KeyPairs lists the names of the user's key pairs on a cloud.
func (c *Clouds) KeyPairs(ctx context.Context, cloud string) ([]string, error) {
	return c.names(ctx, cloud, listKeyPairs)
}

func (c *Clouds) names(ctx context.Context, cloud string, list func(context.Context, *client) ([]string, error)) ([]string, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return list(ctx, opened)
}

// Servers lists the servers of the project, with and without marks.
func (c *Clouds) Servers(ctx context.Context, cloud string) ([]Server, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	all, err := findServers(ctx, opened, servers.ListOpts{})
	return all, Op{Nova, Listing, "list servers"}.wrap(ctx, err)
}

// Server finds servers by id or exact name, with and without marks.
func (c *Clouds) Server(ctx context.Context, cloud, nameOrID string) ([]Server, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return matchServers(ctx, opened, nameOrID)
}

// ProjectImages lists the images of the project, with and without marks of their
// own.
func (c *Clouds) ProjectImages(ctx context.Context, cloud string) ([]Image, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	all, err := listOwnImages(ctx, opened, imagesWith{owner: opened.project})
	return all, Op{Glance, Listing, "list images"}.wrap(ctx, err)
}

// ProjectImage finds images of the project by id or exact name, with and without
// marks of their own.
func (c *Clouds) ProjectImage(ctx context.Context, cloud, nameOrID string) ([]Image, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return matchImages(ctx, opened, nameOrID)
}

// Project finds projects by id, or else by exact name in any domain, with the
// credentials of an administrator.
func (c *Clouds) Project(ctx context.Context, cloud, nameOrID string) ([]Project, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return matchProjects(ctx, opened, nameOrID)
}

// Volumes lists the volumes of the project, with and without marks.
func (c *Clouds) Volumes(ctx context.Context, cloud string) ([]Volume, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	all, err := findVolumes(ctx, opened, volumes.ListOpts{})
	return all, Op{Cinder, Listing, "list volumes"}.wrap(ctx, err)
}

// Volume finds volumes by id or exact name, with and without marks.
func (c *Clouds) Volume(ctx context.Context, cloud, nameOrID string) ([]Volume, error) {
	opened, err := c.open(ctx, cloud)
	if err != nil {
		return nil, err
	}
	return matchVolumes(ctx, opened, nameOrID)
}
