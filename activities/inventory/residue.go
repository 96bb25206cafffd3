package inventory

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

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

// CheckResidueAction looks which of some resources may still be removed.
var CheckResidueAction = saga.Read((*Activities)(nil).CheckResidue).With(readEverything)

// readEverything is for looks at all that a project has: one list that fails has all
// of them read again.
var readEverything = saga.Options{Timeout: time.Minute, HeartbeatTimeout: task.HeartbeatTimeout, MaximumAttempts: 10}

// RemoveResidueAction removes one of them.
var RemoveResidueAction = saga.Do((*Activities)(nil).RemoveResidue).NoUndo(resource.NoWayBack).With(task.DeleteOptions)

// Residue are resources to be removed, all of one cloud. Each must carry the mark
// that it is given with, and must have been created before a moment: what is younger
// may be what a run is creating just now.
type Residue struct {
	Cloud   string                 `json:"cloud"`
	Before  time.Time              `json:"before"`
	Objects []resource.OwnedObject `json:"objects"`
}

// OldObject is one of them.
type OldObject struct {
	resource.OwnedObject
	Before time.Time `json:"before"`
}

// removers remove a resource by its kind, if it still carries its mark. A kind that
// is not here is never removed as residue, such as key pairs: they belong to a
// user and not to the project, so that others do not see them.
var removers = map[string]func(context.Context, *cloud.Clouds, OldObject) (resource.Removed, error){
	resource.KindServer:          removesOld(nova.Servers),
	resource.KindSnapshot:        removesOld(cinder.Snapshots),
	resource.KindVolume:          removesOld(cinder.Volumes),
	resource.KindPort:            removesOld(neutron.Ports),
	resource.KindFloatingIP:      removesOld(neutron.FloatingIPs),
	resource.KindSecurityGroup:   removesOld(neutron.SecurityGroups),
	resource.KindServerGroup:     removesOld(nova.ServerGroups),
	resource.KindRouterInterface: removeOldInterface,
	resource.KindRouter:          removesOld(neutron.Routers),
	resource.KindSubnet:          removesOld(neutron.Subnets),
	resource.KindNetwork:         removesOld(neutron.Networks),
	resource.KindImage:           removesOld(glance.Images),
}

// ResidueKinds returns the kinds that [ListMarked] lists and that can be removed as
// residue.
func ResidueKinds() (kinds []string) {
	for kind := range removers {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// ListMarked lists everything in the project that carries a mark. It fails unless
// every list could be read to its end.
func ListMarked(ctx context.Context, clouds *cloud.Clouds, name string) ([]resource.OwnedObject, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return listMarked(ctx, opened)
}

// ListMarkedProjects lists the projects of a cloud that carry a mark, and reports whether
// these credentials may list projects: keystone lets administrators alone.
func ListMarkedProjects(ctx context.Context, clouds *cloud.Clouds,
	name string) (all []resource.OwnedObject, may bool, err error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, false, err
	}
	all, err = ToObjects(keystone.Projects.ListMarked(ctx, opened, ""))
	if e, ok := errors.AsType[*cloud.Error](err); ok && e.Status == http.StatusForbidden {
		return nil, false, nil
	}
	return all, err == nil, err
}

// CheckResidue returns what is still there, with the same mark, and old enough. It
// fails unless every list could be read to its end.
func (a *Activities) CheckResidue(ctx context.Context, q Residue) (Residue, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (Residue, error) {
		all, err := listMarked(ctx, c)
		out := Residue{Cloud: q.Cloud, Before: q.Before}
		for _, o := range all {
			asked := slices.ContainsFunc(q.Objects,
				func(a resource.OwnedObject) bool { return a.Kind == o.Kind && a.ID == o.ID && a.Mark == o.Mark })
			if asked && isOld(o, q.Before) {
				out.Objects = append(out.Objects, o)
			}
		}
		return out, err
	})
}

// RemoveResidue removes a resource that still carries its mark and is old enough, and
// waits until it is gone. Absent already is success.
func (a *Activities) RemoveResidue(ctx context.Context, in saga.Intent[OldObject]) (resource.Removed, error) {
	remove := removers[in.In.Kind]
	if remove == nil || in.In.Before.IsZero() {
		return task.Forward(ctx, a.Clouds, in.In.Cloud, func(context.Context, *cloud.Client) (resource.Removed, error) {
			return resource.Removed{},
				cloud.Invalid("a %s is not removed as residue, and nothing is that may have any age", in.In.Kind)
		})
	}
	return remove(ctx, a.Clouds, in.In)
}

// isOld reports whether a resource is known to have been created before a moment.
func isOld(o resource.OwnedObject, before time.Time) bool {
	return !o.Created.IsZero() && o.Created.Before(before)
}

// removesOld returns a remover of a kind.
func removesOld[T resource.Resource](r resource.Kind[T]) func(context.Context, *cloud.Clouds,
	OldObject) (resource.Removed, error) {
	return func(ctx context.Context, clouds *cloud.Clouds, o OldObject) (resource.Removed, error) {
		return resource.RemoveIf(ctx, clouds, r, o.OwnedObject,
			func(found resource.OwnedObject) bool { return isOld(found, o.Before) })
	}
}

// removeOldInterface removes the port by which a router serves a subnet, if it is old
// enough.
func removeOldInterface(ctx context.Context, clouds *cloud.Clouds, o OldObject) (resource.Removed, error) {
	return neutron.RemoveInterfaceIf(ctx, clouds, o.OwnedObject,
		func(p neutron.Port) bool { return isOld(p.OwnedObject, o.Before) })
}
