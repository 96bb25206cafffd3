package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// CheckAdopt looks a resource up that is to be adopted. It refuses, with an error of
// type InvalidRequest, what has a mark, what belongs to another project, and what
// cannot be marked now.
func (a *Activities) CheckAdopt(ctx context.Context, q MarkQuery) (resource.OwnedObject, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud,
		func(ctx context.Context, c *cloud.Client) (resource.OwnedObject, error) {
			o, err := resolveObject(ctx, c, q)
			if err == nil && (o.Text != "" || o.Mark != "" && o.Mark.Run() != q.Run) {
				err = refuseTaken(o)
			}
			return o, err
		})
}

// ListAdoptParts finds the subnets of a network that is to be adopted, which are adopted
// with it: without them it could not be deleted. Those of other projects are left out.
// One that has a mark, or something else in its place, is an error of type
// InvalidRequest.
func (a *Activities) ListAdoptParts(ctx context.Context, q MarkQuery) ([]resource.OwnedObject, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud,
		func(ctx context.Context, c *cloud.Client) (parts []resource.OwnedObject, err error) {
			n, err := resolveObject(ctx, c, q)
			if err != nil {
				return nil, err
			}
			all, err := neutron.ListSubnets(ctx, c, subnets.ListOpts{NetworkID: n.ID})
			for _, s := range all {
				switch {
				case s.Project != c.Project:
				case s.Text != "" || s.Mark != "" && s.Mark.Run() != q.Run:
					return nil, refuseTaken(s.OwnedObject)
				default:
					parts = append(parts, s.OwnedObject)
				}
			}
			return parts, err
		})
}

// markable are the statuses in which nova changes the metadata of a server.
var markable = []string{"ACTIVE", "PAUSED", "SUSPENDED", "SHUTOFF"}

// resolveObject finds the one resource that a query means. A server must be in a state
// in which nova changes its metadata.
func resolveObject(ctx context.Context, c *cloud.Client, q MarkQuery) (resource.OwnedObject, error) {
	switch q.Kind {
	case resource.KindVolume:
		found, err := cinder.Volumes.Find(ctx, c, q.Name)
		return onlyOne(c, q, found, err)
	case resource.KindNetwork:
		found, err := neutron.Networks.Find(ctx, c, q.Name)
		return onlyOne(c, q, found, err)
	case resource.KindImage:
		return resolveImage(ctx, c, q)
	}
	v, err := nova.ResolveServer(ctx, c, q.Name)
	switch {
	case err != nil:
		return resource.OwnedObject{}, err
	case !slices.Contains(markable, v.Status):
		return resource.OwnedObject{}, cloud.Invalid("%s is %s: nova changes the mark of a server that is %s",
			resource.Describe(resource.KindServer, v.Name, v.ID), v.Status, strings.Join(markable, ", "))
	case nova.DescribeBusy(v) != "":
		return resource.OwnedObject{}, cloud.Invalid("%s", nova.DescribeBusy(v))
	}
	return v.OwnedObject, nil
}

// resolveImage finds the one image that a query means. It refuses an image of a server
// that boots from a volume: such an image stands for snapshots of volumes, which go with
// it. Snapshots of other people must stay, and those of ours have the mark in their
// names, by which the run that created them would still delete them.
func resolveImage(ctx context.Context, c *cloud.Client, q MarkQuery) (resource.OwnedObject, error) {
	found, err := glance.FindOwnImages(ctx, c, q.Name)
	o, err := onlyOne(c, q, found, err)
	if err == nil && len(found[0].Snapshots) > 0 {
		err = cloud.Invalid("%s stands for snapshots of volumes (%s), which belong to the user who created it: it is "+
			"neither adopted nor released", resource.Describe(resource.KindImage, o.Name, o.ID),
			strings.Join(found[0].Snapshots, ", "))
	}
	return o, err
}

// onlyOne returns the one resource that was found for a query.
func onlyOne[T resource.Resource](c *cloud.Client, q MarkQuery, found []T, err error) (resource.OwnedObject, error) {
	switch {
	case err != nil:
		return resource.OwnedObject{}, err
	case len(found) == 0:
		return resource.OwnedObject{},
			cloud.Invalid("there is no %[1]s %[2]q on cloud %[3]q: see the %[1]ss with \"novaflow %[1]s list\"",
				q.Kind, q.Name, c.Name)
	case len(found) > 1:
		return resource.OwnedObject{}, cloud.Invalid("%d %ss are called %q: name one by its id: %s", len(found),
			q.Kind, q.Name, resource.JoinIDs(found))
	}
	o := found[0].Object()
	return o, resource.RefuseForeign(c, o)
}

// Releasable is what is released with a resource.
type Releasable struct {
	Object resource.OwnedObject   `json:"object"`
	Others []resource.OwnedObject `json:"others,omitempty"` // of a server or a network: what its run created beside it
	Stay   []resource.OwnedObject `json:"stay,omitempty"`   // the mark of these cannot be deleted
}

// listBeside lists what the run of a server or of a network created beside it.
func listBeside(ctx context.Context, c *cloud.Client, o resource.OwnedObject) ([]resource.OwnedObject, error) {
	switch o.Kind {
	case resource.KindServer:
		return listRun(ctx, c, o.Mark.Run(), o.ID)
	case resource.KindNetwork:
		s, err := listStack(ctx, c, o.Mark.Run())
		return s.parts(), err
	}
	return nil, nil
}

// CheckRelease looks a resource up that is to be released and what its run created
// beside it: a run that is reverted must not take the ports from beneath a server that
// it does not own any more. What has no mark is an error of type InvalidRequest.
func (a *Activities) CheckRelease(ctx context.Context, q MarkQuery) (Releasable, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (Releasable, error) {
		o, err := resolveObject(ctx, c, q)
		switch {
		case err != nil:
			return Releasable{}, err
		case o.Mark == "":
			return Releasable{},
				cloud.Invalid("%s is not managed by novaflow, as it carries no mark: there is nothing to release",
					resource.Describe(o.Kind, o.Name, o.ID))
		}
		out := Releasable{Object: o}
		all, err := listBeside(ctx, c, o)
		for _, other := range all {
			if _, can := Markers[other.Kind]; can {
				out.Others = append(out.Others, other)
			} else {
				out.Stay = append(out.Stay, other)
			}
		}
		return out, err
	})
}
