package cinder

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions for snapshots of volumes. The first asks for a snapshot and takes
// it away, the second waits for it, the third removes one that a run of the past
// created.
var (
	SnapshotAction = saga.Do((*Activities)(nil).CreateSnapshot).UndoneBy((*Activities)(nil).DeleteSnapshot).
			With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitSnapshotAction   = saga.Read((*Activities)(nil).WaitSnapshot).With(task.WaitOptions)
	RemoveSnapshotAction = saga.Do((*Activities)(nil).RemoveSnapshot).NoUndo(resource.NoWayBack).
				With(task.DeleteOptions)
)

// CreateSnapshotInput says what snapshot to create.
type CreateSnapshotInput struct {
	Cloud       string `json:"cloud"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	VolumeID    string `json:"volumeId"`
	Force       bool   `json:"force,omitempty"` // also of a volume that is in use
}

// Snapshot is a snapshot of a cinder volume.
type Snapshot struct {
	resource.OwnedObject
	VolumeID string `json:"volumeId"`
	SizeGiB  int    `json:"sizeGib"` // of the volume when it was taken
}

// Its metadata carries the mark. The list is filtered here: cinder has a filter
// by metadata since API 3.22, and before that it took the filter and ignored it.
var Snapshots = resource.Kind[Snapshot]{
	Name: resource.KindSnapshot, Service: cloud.Cinder,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Snapshot, error) {
		all, err := listSnapshots(ctx, c, snapshots.ListOpts{})
		return resource.KeepMarked(m, all), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (Snapshot, error) {
		s, err := snapshots.Get(ctx, c.Volume, id).Extract()
		return ToSnapshot(c, s), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v Snapshot) error {
		return snapshots.Delete(ctx, c.Volume, v.ID).ExtractErr()
	},
	DeleteAgain: func(v Snapshot) bool { return v.Status == "error_deleting" },
}

// CreateSnapshot asks for a snapshot, or adopts the one with the mark. It does
// not wait for it.
func (a *Activities) CreateSnapshot(ctx context.Context, in saga.Intent[CreateSnapshotInput]) (Snapshot, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Snapshot, error) {
		what := fmt.Sprintf("create snapshot %q of volume %s", in.In.Name, in.In.VolumeID)
		return Snapshots.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (Snapshot, error) {
			created, err := snapshots.Create(ctx, c.Volume, snapshots.CreateOpts{
				VolumeID: in.In.VolumeID, Name: in.In.Name, Description: in.In.Description, Force: in.In.Force,
				Metadata: resource.MarkMetadata(in.Mark),
			}).Extract()
			return ToSnapshot(c, created), err
		})
	})
}

// DeleteSnapshot makes sure that the snapshot is absent.
func (a *Activities) DeleteSnapshot(ctx context.Context, u saga.Undo[CreateSnapshotInput, Snapshot]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Snapshots.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

// RemoveSnapshot removes a snapshot that still carries the mark of the object, and waits
// until it is gone.
func (a *Activities) RemoveSnapshot(ctx context.Context,
	in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Snapshots, in.In)
}

// SnapshotWait says which snapshot to wait for.
type SnapshotWait struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"` // for messages
}

// WaitSnapshot waits until the snapshot is available. A status that begins with
// error is a terminal error of type VolumeError with cinder's words.
func (a *Activities) WaitSnapshot(ctx context.Context, w SnapshotWait) (Snapshot, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (Snapshot, error) {
		var last Snapshot
		name, begun := resource.Describe(resource.KindSnapshot, w.Name, w.ID), time.Now()
		err := Snapshots.Watch(ctx, c, w.ID, func(s Snapshot) (bool, error) {
			last = s
			task.Say(ctx, task.DescribeWait(name, s.Status, begun))
			if strings.HasPrefix(s.Status, "error") {
				return false, cinderFailed(ctx, c, name, s.OwnedObject)
			}
			return s.Status == "available", nil
		})
		return last, err
	})
}

func listSnapshots(ctx context.Context, c *cloud.Client, o snapshots.ListOpts) ([]Snapshot, error) {
	pages, err := snapshots.List(c.Volume, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := snapshots.ExtractSnapshots(pages)
	out := make([]Snapshot, 0, len(all))
	for _, s := range all {
		out = append(out, ToSnapshot(c, &s))
	}
	return out, err
}

func ToSnapshot(c *cloud.Client, s *snapshots.Snapshot) Snapshot {
	if s == nil {
		return Snapshot{}
	}
	return Snapshot{
		OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindSnapshot, ID: s.ID, Name: s.Name,
			Status: s.Status, Mark: resource.ParseMark(s.Metadata[resource.MarkKey]), Created: s.CreatedAt,
			Project: s.ProjectID},
		VolumeID: s.VolumeID, SizeGiB: s.Size,
	}
}
