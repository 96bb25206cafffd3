package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"

	"novaflow/activities/internal/cloud"
)

// ListHostNames lists the names of the hosts of a cloud that run servers. Only administrators
// may.
func ListHostNames(ctx context.Context, clouds *cloud.Clouds, name string) ([]string, error) {
	return cloud.Using(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) ([]string, error) {
		all, err := ListComputeServices(ctx, c)
		var names []string
		for _, s := range all {
			names = append(names, s.Host)
		}
		return names, err
	})
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
