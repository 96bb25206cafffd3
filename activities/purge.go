package activities

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"

	"novaflow/saga"
)

// The actions that empty a project and remove it. They take what is in it, whoever
// made it.
var (
	ListProjectContentsAction = saga.Read((*inventoryActivities)(nil).ListProjectContents).With(surveys)
	PurgeAction               = saga.Do((*inventoryActivities)(nil).PurgeObject).NoUndo(removed).With(untilGone)
	ListRemainingAction       = saga.Read((*inventoryActivities)(nil).ListRemaining).With(everyList)
	PurgeQuotaAction          = saga.Do((*inventoryActivities)(nil).PurgeQuota).NoUndo("the project goes").With(untilGone)
	PurgeRoleAction           = saga.Do((*inventoryActivities)(nil).PurgeRole).NoUndo("the project goes").With(untilGone)
	RemoveProjectAction       = saga.Do((*inventoryActivities)(nil).RemoveProject).NoUndo(removed).With(untilGone)
)

// ProjectObject is a thing that is to go because its project goes.
type ProjectObject struct {
	OwnedObject
	ProjectID string `json:"projectId"`
}

// purgers remove a thing by its kind, if it is still of the project.
var purgers = map[string]func(context.Context, *client, ProjectObject) error{
	KindServer:          purges(serverResource),
	KindServerGroup:     purges(serverGroupResource),
	KindFloatingIP:      purges(floatingIPResource),
	KindRouterInterface: purgeInterface,
	KindPort:            purges(portResource),
	KindRouter:          purges(routerResource),
	KindSnapshot:        purges(snapshotResource),
	KindVolume:          purges(volumeResource),
	KindImage:           purges(serverImageResource),
	KindSubnet:          purges(subnetResource),
	KindNetwork:         purges(networkResource),
	KindSecurityGroup:   purges(securityGroupResource),
}

// PurgeObject removes a thing that is still of the project, and waits until it is gone.
// Absent already is success.
func (a *inventoryActivities) PurgeObject(ctx context.Context, in saga.Intent[ProjectObject]) (Removed, error) {
	out := Removed{ID: in.In.ID}
	purge := purgers[in.In.Kind]
	if purge == nil || in.In.ProjectID == "" {
		return forward(ctx, a.Clouds, in.In.Cloud, func(context.Context, *client) (Removed, error) {
			return Removed{}, invalid("a %s is not purged, and nothing is that is of no project", in.In.Kind)
		})
	}
	err := backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) error {
		defer note(ctx, &out)
		return purge(ctx, c, in.In)
	})
	return out, err
}

// purges makes a purger of a kind.
func purges[T made](r resource[T]) func(context.Context, *client, ProjectObject) error {
	return func(ctx context.Context, c *client, o ProjectObject) error {
		v, err := r.fetch(ctx, c, o.ID)
		if err != nil {
			return goneIsFine(err)
		}
		if v.object().Project != o.ProjectID {
			log(ctx, "left alone: it is not of the project any more", v.object())
			return nil
		}
		return r.destroy(ctx, c, v)
	}
}

// purgeInterface takes the port of an interface off its router.
func purgeInterface(ctx context.Context, c *client, o ProjectObject) error {
	p, err := portResource.fetch(ctx, c, o.ID)
	if err != nil {
		return goneIsFine(err)
	}
	if p.Project != o.ProjectID || !isInterface(p.DeviceOwner) {
		log(ctx, "left alone: it is not of the project any more", p.object())
		return nil
	}
	return unplug(ctx, c, p.DeviceID, routers.RemoveInterfaceOpts{PortID: p.ID})
}

// PurgeQuotaInput says which quotas are to be reset, as the project goes.
type PurgeQuotaInput struct {
	Cloud     string `json:"cloud"`
	ProjectID string `json:"projectId"`
	Service   string `json:"service"`
}

// PurgeQuota forgets what a project may use of a service.
func (a *inventoryActivities) PurgeQuota(ctx context.Context, in saga.Intent[PurgeQuotaInput]) (Removed, error) {
	return Removed{ID: in.In.ProjectID}, backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) error {
		return resetQuota(ctx, c, in.In.ProjectID, in.In.Service)
	})
}

// PurgeRole takes a role in the project away.
func (a *inventoryActivities) PurgeRole(ctx context.Context, in saga.Intent[RoleAssignment]) (Removed, error) {
	return Removed{ID: in.In.RoleID}, backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) error {
		return unassign(ctx, c, in.In)
	})
}

// RemoveProject removes a project and its security group "default", if it is still
// there, and waits until it is gone. It refuses those that [inventoryActivities.ListProjectContents]
// refuses.
func (a *inventoryActivities) RemoveProject(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return Removed{ID: in.In.ID}, backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) error {
		p, err := projectResource.fetch(ctx, c, in.In.ID)
		if err != nil {
			return goneIsFine(err)
		}
		if why := needed(c, p); why != "" {
			return invalid("%s is not deleted: %s", named(KindProject, p.Name, p.ID), why)
		}
		return projectResource.destroy(ctx, c, p)
	})
}
