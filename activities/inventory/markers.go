package inventory

import (
	"context"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/tags"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"novaflow/activities/cinder"
	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// Marker reads a resource that exists, and gives it a mark or removes its mark.
// Both may be repeated.
type Marker struct {
	Service cloud.Service
	Parts   bool // its mark has several places: without the one that counts, others may have it
	Fetch   func(ctx context.Context, c *cloud.Client, id string) (resource.OwnedObject, error)
	Mark    func(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error
	Unmark  func(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error
}

// Markers are those of the kinds whose marks can change. The mark of a server group
// is in its name, and the mark of a key pair in its public key.
var Markers = map[string]Marker{
	resource.KindServer:          {cloud.Nova, true, fetchObject(nova.Servers), markServer, unmarkServer},
	resource.KindVolume:          {cloud.Cinder, true, fetchObject(cinder.Volumes), markVolume, unmarkVolume},
	resource.KindImage:           {cloud.Glance, true, fetchObject(glance.Images), markImage, unmarkImage},
	resource.KindPort:            inDescription(neutron.Ports, "ports", "port"),
	resource.KindFloatingIP:      inDescription(neutron.FloatingIPs, "floatingips", "floatingip"),
	resource.KindSecurityGroup:   inDescription(neutron.SecurityGroups, "security-groups", "security_group"),
	resource.KindNetwork:         inDescription(neutron.Networks, "networks", "network"),
	resource.KindSubnet:          inDescription(neutron.Subnets, "subnets", "subnet"),
	resource.KindRouter:          inDescription(neutron.Routers, "routers", "router"),
	resource.KindRouterInterface: inDescription(neutron.Ports, "ports", "port"),
}

// fetchObject returns the Fetch of a kind.
func fetchObject[T resource.Resource](
	r resource.Kind[T],
) func(context.Context, *cloud.Client, string) (resource.OwnedObject, error) {
	return func(ctx context.Context, c *cloud.Client, id string) (resource.OwnedObject, error) {
		v, err := r.Get(ctx, c, id)
		return v.Object(), err
	}
}

// markServer writes the mark last: a server that has it has all of it.
func markServer(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error {
	if err := tags.Add(ctx, c.Compute, id, m.Digest()).ExtractErr(); err != nil {
		return err
	}
	_, err := servers.UpdateMetadata(ctx, c.Compute, id, servers.MetadataOpts(resource.MarkMetadata(m))).Extract()
	return err
}

// unmarkServer removes the mark last: a server without it has nothing of it.
func unmarkServer(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error {
	return inTurn(
		func() error { return ignoreAbsent(tags.Delete(ctx, c.Compute, id, m.Digest()).ExtractErr()) },
		func() error {
			return ignoreAbsent(servers.DeleteMetadatum(ctx, c.Compute, id, resource.RunKey).ExtractErr())
		},
		func() error {
			return ignoreAbsent(servers.DeleteMetadatum(ctx, c.Compute, id, resource.MarkKey).ExtractErr())
		},
	)
}

func markVolume(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error {
	//nolint:bodyclose // gophercloud closes what it does not return
	_, err := c.Volume.Post(ctx, c.Volume.ServiceURL("volumes", id, "metadata"),
		map[string]any{"metadata": resource.MarkMetadata(m)}, nil,
		&gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}})
	return err
}

func unmarkVolume(ctx context.Context, c *cloud.Client, id string, _ saga.Mark) error {
	drop := func(key string) func() error {
		return func() error {
			//nolint:bodyclose // there is no body
			_, err := c.Volume.Delete(ctx, c.Volume.ServiceURL("volumes", id, "metadata", key),
				&gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}})
			return ignoreAbsent(err)
		}
	}
	return inTurn(drop(resource.RunKey), drop(resource.MarkKey))
}

// markImage writes all of the mark in one request.
func markImage(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error {
	properties := resource.MarkMetadata(m)
	properties[glance.SelfKey] = id
	var change images.UpdateOpts
	for _, key := range imageKeys {
		change = append(change, images.UpdateImageProperty{Op: images.AddOp, Name: key, Value: properties[key]})
	}
	_, err := images.Update(ctx, c.Image, id, change).Extract()
	return err
}

// unmarkImage removes all of the mark in one request. Glance refuses to delete a
// property that an image has not.
func unmarkImage(ctx context.Context, c *cloud.Client, id string, _ saga.Mark) error {
	im, err := images.Get(ctx, c.Image, id).Extract()
	if err != nil {
		return err
	}
	var change images.UpdateOpts
	for _, key := range imageKeys {
		if _, has := im.Properties[key]; has {
			change = append(change, images.UpdateImageProperty{Op: images.RemoveOp, Name: key})
		}
	}
	if len(change) == 0 {
		return nil
	}
	_, err = images.Update(ctx, c.Image, id, change).Extract()
	return err
}

// imageKeys are the properties of an image that are its mark.
var imageKeys = []string{resource.MarkKey, resource.RunKey, glance.SelfKey}

// inDescription returns the Marker of a kind of neutron, whose description is the mark.
func inDescription[T resource.Resource](r resource.Kind[T], path, key string) Marker {
	write := func(ctx context.Context, c *cloud.Client, id, text string) error {
		//nolint:bodyclose // gophercloud closes what it does not return
		_, err := c.Network.Put(ctx, c.Network.ServiceURL(path, id),
			map[string]any{key: map[string]any{"description": text}}, nil,
			&gophercloud.RequestOpts{OkCodes: []int{http.StatusOK}})
		return err
	}
	return Marker{
		Service: cloud.Neutron,
		Fetch:   fetchObject(r),
		Mark: func(ctx context.Context, c *cloud.Client, id string, m saga.Mark) error {
			return write(ctx, c, id, string(m))
		},
		Unmark: func(ctx context.Context, c *cloud.Client, id string, _ saga.Mark) error {
			return write(ctx, c, id, "")
		},
	}
}

// inTurn does one step after the other, until one fails.
func inTurn(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// ignoreAbsent is like IgnoreGone for an error as the service returned it.
func ignoreAbsent(err error) error {
	if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
		return nil
	}
	return err
}
