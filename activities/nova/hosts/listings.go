package hosts

import (
	"context"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/nova"
)

// ListHostNames lists the names of the hosts of a cloud that run servers. Only
// administrators may.
func ListHostNames(ctx context.Context, clouds *cloud.Clouds, name string) ([]string, error) {
	return cloud.Using(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) ([]string, error) {
		all, err := nova.ListComputeServices(ctx, c)
		var names []string
		for _, s := range all {
			names = append(names, s.Host)
		}
		return names, err
	})
}
