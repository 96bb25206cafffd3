package keystone

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"

	"novaflow/activities/internal/cloud"
)

// FindProjects finds projects by id, or else by exact name in any domain, with the
// credentials of an administrator.
func FindProjects(ctx context.Context, clouds *cloud.Clouds, name, nameOrID string) ([]Project, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return Projects.Find(ctx, opened, nameOrID)
}

// ListProjectNames lists the names of the projects of a cloud. Only administrators may.
func ListProjectNames(ctx context.Context, clouds *cloud.Clouds, name string) ([]string, error) {
	return cloud.Using(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) ([]string, error) {
		all, err := ListProjectsWith(ctx, c, projects.ListOpts{})
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		return names, err
	})
}
