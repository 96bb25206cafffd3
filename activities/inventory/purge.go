package inventory

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/keystone"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// The actions that empty a project and remove it. They delete all resources in it, no
// matter who created them.
var (
	ListProjectContentsAction = saga.Read((*Activities)(nil).ListProjectContents).With(task.SurveyOptions)
	PurgeAction               = saga.Do((*Activities)(nil).PurgeObject).NoUndo(resource.NoWayBack).
					With(task.DeleteOptions)
	ListRemainingAction = saga.Read((*Activities)(nil).ListRemaining).With(readEverything)
	PurgeQuotaAction    = saga.Do((*Activities)(nil).PurgeQuota).NoUndo("the project goes").With(task.DeleteOptions)
	PurgeRoleAction     = saga.Do((*Activities)(nil).PurgeRole).NoUndo("the project goes").With(task.DeleteOptions)
	RemoveProjectAction = saga.Do((*Activities)(nil).RemoveProject).NoUndo(resource.NoWayBack).With(task.DeleteOptions)
)

// ProjectObject is a resource that is to go because its project goes.
type ProjectObject struct {
	resource.OwnedObject
	ProjectID string `json:"projectId"`
}

// purgers remove a resource by its kind, if it is still of the project.
var purgers = map[string]func(context.Context, *cloud.Client, ProjectObject) error{
	resource.KindServer:          purgerOf(nova.Servers),
	resource.KindServerGroup:     purgerOf(nova.ServerGroups),
	resource.KindFloatingIP:      purgerOf(neutron.FloatingIPs),
	resource.KindRouterInterface: purgeInterface,
	resource.KindPort:            purgerOf(neutron.Ports),
	resource.KindRouter:          purgerOf(neutron.Routers),
	resource.KindSnapshot:        purgerOf(cinder.Snapshots),
	resource.KindVolume:          purgerOf(cinder.Volumes),
	resource.KindImage:           purgerOf(glance.ServerImages),
	resource.KindSubnet:          purgerOf(neutron.Subnets),
	resource.KindNetwork:         purgerOf(neutron.Networks),
	resource.KindSecurityGroup:   purgerOf(neutron.SecurityGroups),
}

// PurgeObject removes a resource that is still of the project, and waits until it is
// gone. Absent already is success.
func (a *Activities) PurgeObject(ctx context.Context, in saga.Intent[ProjectObject]) (resource.Removed, error) {
	out := resource.Removed{ID: in.In.ID}
	purge := purgers[in.In.Kind]
	if purge == nil || in.In.ProjectID == "" {
		return task.Forward(ctx, a.Clouds, in.In.Cloud, func(context.Context, *cloud.Client) (resource.Removed, error) {
			return resource.Removed{}, cloud.Invalid("a %s is not purged, and nothing is that is of no project",
				in.In.Kind)
		})
	}
	err := task.Backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		defer cloud.RecordRequest(ctx, &out)
		return purge(ctx, c, in.In)
	})
	return out, err
}

// purgerOf returns a purger of a kind.
func purgerOf[T resource.Resource](r resource.Kind[T]) func(context.Context, *cloud.Client, ProjectObject) error {
	return func(ctx context.Context, c *cloud.Client, o ProjectObject) error {
		v, err := r.Get(ctx, c, o.ID)
		if err != nil {
			return cloud.IgnoreGone(err)
		}
		if v.Object().Project != o.ProjectID {
			resource.Log(ctx, "left alone: it is not of the project any more", v.Object())
			return nil
		}
		return r.DeleteAndWait(ctx, c, v)
	}
}

// purgeInterface takes the port of an interface off its router.
func purgeInterface(ctx context.Context, c *cloud.Client, o ProjectObject) error {
	p, err := neutron.Ports.Get(ctx, c, o.ID)
	if err != nil {
		return cloud.IgnoreGone(err)
	}
	if p.Project != o.ProjectID || !neutron.IsRouterInterface(p.DeviceOwner) {
		resource.Log(ctx, "left alone: it is not of the project any more", p.Object())
		return nil
	}
	return neutron.DisconnectInterface(ctx, c, p.DeviceID, routers.RemoveInterfaceOpts{PortID: p.ID})
}

// PurgeQuotaInput says which quotas are to be reset, as the project goes.
type PurgeQuotaInput struct {
	Cloud     string `json:"cloud"`
	ProjectID string `json:"projectId"`
	Service   string `json:"service"`
}

// PurgeQuota forgets what a project may use of a service.
func (a *Activities) PurgeQuota(ctx context.Context, in saga.Intent[PurgeQuotaInput]) (resource.Removed, error) {
	return resource.Removed{ID: in.In.ProjectID},
		task.Backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
			return keystone.ResetServiceQuota(ctx, c, in.In.ProjectID, in.In.Service)
		})
}

// PurgeRole takes a role in the project away.
func (a *Activities) PurgeRole(ctx context.Context, in saga.Intent[keystone.RoleAssignment]) (resource.Removed, error) {
	return resource.Removed{ID: in.In.RoleID},
		task.Backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
			return keystone.Unassign(ctx, c, in.In)
		})
}

// RemoveProject removes a project and its security group "default", if it is still
// there, and waits until it is gone. It refuses those that
// [Activities.ListProjectContents] refuses.
func (a *Activities) RemoveProject(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Removed{ID: in.In.ID},
		task.Backward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
			p, err := keystone.Projects.Get(ctx, c, in.In.ID)
			if err != nil {
				return cloud.IgnoreGone(err)
			}
			if why := whyNeeded(c, p); why != "" {
				return cloud.Invalid("%s is not deleted: %s", resource.Describe(resource.KindProject, p.Name, p.ID),
					why)
			}
			return keystone.Projects.DeleteAndWait(ctx, c, p)
		})
}
