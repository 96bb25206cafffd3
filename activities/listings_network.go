package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// ListNetworks lists the networks of the project, with and without marks.
func ListNetworks(ctx context.Context, clouds *cloud.Clouds, name string) ([]Network, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := findNetworks(ctx, opened, networks.ListOpts{ProjectID: opened.Project})
	return all, cloud.Neutron.Op(cloud.Listing, "list networks").Wrap(ctx, err)
}

// FindNetworks finds networks by id, else the project's by exact name, with and
// without marks.
func FindNetworks(ctx context.Context, clouds *cloud.Clouds, name, nameOrID string) ([]Network, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return Networks.Find(ctx, opened, nameOrID)
}

// ListNetworkParts lists what the run that made a network made beside it, and who else
// is on it, in words.
func ListNetworkParts(ctx context.Context, clouds *cloud.Clouds, name string, n Network) (parts []resource.OwnedObject, users []string, err error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	s, err := listStack(ctx, opened, n.Mark.Run())
	return s.parts(), s.users(), err
}
