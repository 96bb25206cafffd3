package cinder

import (
	"context"
	"fmt"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// DescribeUsage says what a volume is doing, and for which server.
func DescribeUsage(v Volume) string {
	if len(v.Servers) == 0 {
		return v.Status
	}
	return fmt.Sprintf("%s by server %s", v.Status, strings.Join(v.Servers, ", "))
}

// Activities has the activities for volumes and their snapshots.
type Activities struct{ Clouds *cloud.Clouds }

// VolumeAction asks for a volume and deletes it. WaitVolumeAction waits for
// it.
var VolumeAction = saga.Do((*Activities)(nil).CreateVolume).UndoneBy((*Activities)(nil).DeleteVolume).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// CreateVolumeInput says what volume to create.
type CreateVolumeInput struct {
	Cloud            string `json:"cloud"`
	Name             string `json:"name"`
	SizeGiB          int    `json:"sizeGib"`
	ImageID          string `json:"imageId,omitempty"` // "": a blank volume
	Type             string `json:"type,omitempty"`    // "": the default type
	AvailabilityZone string `json:"availabilityZone,omitempty"`
	SnapshotID       string `json:"snapshotId,omitempty"` // of cinder; either it or an image
}

// Volume is a cinder volume.
type Volume struct {
	resource.OwnedObject
	SizeGiB  int      `json:"sizeGib"`
	Bootable bool     `json:"bootable,omitempty"`
	Servers  []string `json:"servers,omitempty"` // ids of the servers it is attached to
}

// Its metadata carries the mark.
var Volumes = resource.Kind[Volume]{
	Name: resource.KindVolume, Service: cloud.Cinder,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Volume, error) {
		o := volumes.ListOpts{}
		if m != "" {
			o.Metadata = map[string]string{resource.MarkKey: string(m)}
		}
		all, err := findVolumes(ctx, c, o)
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Volume, error) {
		v, err := volumes.Get(ctx, c.Volume, id).Extract()
		return ToVolume(c, v), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Volume) error {
		return volumes.Delete(ctx, c.Volume, v.ID, nil).ExtractErr()
	},
	ListAll: func(ctx context.Context, c *cloud.Client) ([]Volume, error) {
		return findVolumes(ctx, c, volumes.ListOpts{})
	},
	ListNamed: func(ctx context.Context, c *cloud.Client, name string) ([]Volume, error) {
		return findVolumes(ctx, c, volumes.ListOpts{Name: name})
	},
	DeleteAgain: func(v Volume) bool { return v.Status != "deleting" }, // the disk refused, or a user reset it
	Release:     ReleaseReservation,
}

// CreateVolume asks for a volume, or adopts the one with the mark. It does not
// wait for it.
func (a *Activities) CreateVolume(ctx context.Context, in saga.Intent[CreateVolumeInput]) (Volume, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Volume, error) {
		what := fmt.Sprintf("create volume %q of %d GiB", in.In.Name, in.In.SizeGiB)
		return Volumes.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (Volume, error) {
			created, err := volumes.Create(ctx, c.Volume, volumes.CreateOpts{
				Name: in.In.Name, Size: in.In.SizeGiB, ImageID: in.In.ImageID, VolumeType: in.In.Type,
				AvailabilityZone: in.In.AvailabilityZone, Metadata: resource.MarkMetadata(in.Mark),
				SnapshotID: in.In.SnapshotID,
			}, nil).Extract()
			return ToVolume(c, created), err
		})
	})
}

// DeleteVolume makes sure that the volume is absent. While a server detaches it,
// cinder refuses, and that is waited out; a deletion that failed is asked for
// again.
func (a *Activities) DeleteVolume(ctx context.Context, u saga.Undo[CreateVolumeInput, Volume]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Volumes.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

// volumeMessages returns cinder's explanations of what went wrong with a volume, or ""
// on a cloud that gives none. They came with volume API 3.3, their filter with 3.5.
func volumeMessages(ctx context.Context, c *cloud.Client, id string) string {
	var answer struct {
		Messages []struct {
			UserMessage string `json:"user_message"`
		}
	}
	//nolint:bodyclose // gophercloud closes what it decodes
	_, err := c.Volume.Get(ctx, c.Volume.ServiceURL("messages")+"?resource_uuid="+id, &answer,
		&gophercloud.RequestOpts{MoreHeaders: map[string]string{"OpenStack-API-Version": "volume 3.5"}})
	if err != nil {
		return ""
	}
	var words []string
	for _, m := range answer.Messages {
		words = append(words, m.UserMessage)
	}
	return strings.Join(words, "; ")
}

func findVolumes(ctx context.Context, c *cloud.Client, o volumes.ListOpts) ([]Volume, error) {
	pages, err := volumes.List(c.Volume, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := volumes.ExtractVolumes(pages)
	out := make([]Volume, 0, len(all))
	for _, v := range all {
		out = append(out, ToVolume(c, &v))
	}
	return out, err
}

func ToVolume(c *cloud.Client, v *volumes.Volume) Volume {
	if v == nil {
		return Volume{}
	}
	out := Volume{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindVolume, ID: v.ID, Name: v.Name,
			Status: v.Status, Mark: resource.ParseMark(v.Metadata[resource.MarkKey]), Created: v.CreatedAt,
			Project: v.TenantID},
		SizeGiB: v.Size, Bootable: v.Bootable == "true",
	}
	for _, a := range v.Attachments {
		out.Servers = append(out.Servers, a.ServerID)
	}
	return out
}

// RemoveVolumeAction removes a volume that a run of the past created.
var RemoveVolumeAction = saga.Do((*Activities)(nil).RemoveVolume).NoUndo(resource.NoWayBack).With(task.DeleteOptions)

// RemoveVolume removes a volume that still carries the mark of the object, and waits
// until it is gone.
func (a *Activities) RemoveVolume(ctx context.Context, in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Volumes, in.In)
}
