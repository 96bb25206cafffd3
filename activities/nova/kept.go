package nova

import (
	"context"
	"slices"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/saga"
)

// SoftDeleted is the status of a server that was deleted on a cloud that keeps
// such servers for a while (nova's reclaim_instance_interval), with their ports and
// volumes. It is not gone: what it has stays in use, and goes in no other way than
// with the server.
const SoftDeleted = "SOFT_DELETED"

// ListKept lists servers that are SOFT_DELETED and carry the mark; the empty
// mark stands for any mark. No list shows them but one of changes since a moment,
// which shows them to everybody (nova/db/main/api.py, instance_get_all_by_filters_sort).
func ListKept(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Server, error) {
	o := servers.ListOpts{Status: SoftDeleted, ChangesSince: "2010-01-01T00:00:00Z"}
	if m != "" {
		o.Tags = m.Digest()
	}
	all, err := ListServersWith(ctx, c, o)
	return resource.KeepMarked(m, all), cloud.Nova.Op(cloud.Listing, "list servers that are deleted but kept").
		Wrap(ctx, err)
}

// FindKept lists those of a name, and where a run is given only those that it created.
func FindKept(ctx context.Context, c *cloud.Client, name, run string) ([]Server, error) {
	all, err := ListKept(ctx, c, "")
	return slices.DeleteFunc(all, func(s Server) bool { return s.Name != name || run != "" && s.Mark.Run() != run }),
		err
}

// forceDelete deletes a server at once that the cloud keeps. The user who asked to delete
// the server asked to delete its ports and volumes too. Without this they would be in use
// until nova reclaims the server, for a week or more
// (https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/2618).
func forceDelete(ctx context.Context, c *cloud.Client, v Server) error {
	what := "delete " + resource.Describe(resource.KindServer, v.Name, v.ID) + ", which the cloud keeps as SOFT_DELETED"
	err := cloud.Nova.Op(cloud.Deleting, what).Wrap(ctx, servers.ForceDelete(ctx, c.Compute, v.ID).ExtractErr())
	if cloud.ClassOf(err) == cloud.Terminal {
		return &cloud.Error{Class: cloud.Terminal, Message: err.Error() +
			"; its ports and volumes stay in use until nova reclaims it (reclaim_instance_interval), or " +
			"somebody who may runs \"openstack server delete --force " + v.ID + "\""}
	}
	return err
}
