package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"

	"novaflow/saga"
)

// The actions for snapshots of volumes. The first asks for a snapshot and takes
// it away, the second waits for it, the third removes one that a run of the past
// made.
var (
	SnapshotAction       = saga.Do((*cinderActivities)(nil).CreateSnapshot).UndoneBy((*cinderActivities)(nil).DeleteSnapshot).With(submit).UndoWith(untilGone)
	WaitSnapshotAction   = saga.Read((*cinderActivities)(nil).WaitSnapshot).With(waits)
	RemoveSnapshotAction = saga.Do((*cinderActivities)(nil).RemoveSnapshot).NoUndo(removed).With(untilGone)
)

// CreateSnapshotInput says what snapshot to make.
type CreateSnapshotInput struct {
	Cloud       string `json:"cloud"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	VolumeID    string `json:"volumeId"`
	Force       bool   `json:"force,omitempty"` // also of a volume that is in use
}

// Snapshot is a snapshot of a cinder volume.
type Snapshot struct {
	OwnedObject
	VolumeID string `json:"volumeId"`
	SizeGiB  int    `json:"sizeGib"` // of the volume when it was taken
}

// Its metadata carries the mark. The list is filtered here: cinder has a filter
// by metadata since API 3.22, and before that it took the filter and ignored it.
var snapshotResource = resource[Snapshot]{
	kind: KindSnapshot, service: Cinder,
	find: func(ctx context.Context, c *client, m saga.Mark) ([]Snapshot, error) {
		all, err := listSnapshots(ctx, c, snapshots.ListOpts{})
		return withMark(m, all), err
	},
	get: func(ctx context.Context, c *client, id string) (Snapshot, error) {
		s, err := snapshots.Get(ctx, c.volume, id).Extract()
		return toSnapshot(c, s), err
	},
	remove: func(ctx context.Context, c *client, v Snapshot) error {
		return snapshots.Delete(ctx, c.volume, v.ID).ExtractErr()
	},
	again: func(v Snapshot) bool { return v.Status == "error_deleting" },
}

// CreateSnapshot asks for a snapshot, or adopts the one with the mark. It does
// not wait for it.
func (a *cinderActivities) CreateSnapshot(ctx context.Context, in saga.Intent[CreateSnapshotInput]) (Snapshot, error) {
	return forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *client) (Snapshot, error) {
		what := fmt.Sprintf("create snapshot %q of volume %s", in.In.Name, in.In.VolumeID)
		return snapshotResource.ensure(ctx, c, what, in.Mark, func(ctx context.Context) (Snapshot, error) {
			made, err := snapshots.Create(ctx, c.volume, snapshots.CreateOpts{
				VolumeID: in.In.VolumeID, Name: in.In.Name, Description: in.In.Description, Force: in.In.Force, Metadata: metadata(in.Mark),
			}).Extract()
			return toSnapshot(c, made), err
		})
	})
}

// DeleteSnapshot makes sure that the snapshot is absent.
func (a *cinderActivities) DeleteSnapshot(ctx context.Context, u saga.Undo[CreateSnapshotInput, Snapshot]) error {
	return backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *client) error {
		return snapshotResource.absent(ctx, c, idOf(u.Out), u.Mark)
	})
}

// RemoveSnapshot does for a snapshot what RemoveServer does for a server.
func (a *cinderActivities) RemoveSnapshot(ctx context.Context, in saga.Intent[OwnedObject]) (Removed, error) {
	return remove(ctx, a.Clouds, snapshotResource, in.In)
}

// SnapshotWait says which snapshot to wait for.
type SnapshotWait struct {
	Cloud string `json:"cloud"`
	ID    string `json:"id"`
	Name  string `json:"name,omitempty"` // for messages
}

// WaitSnapshot waits until the snapshot is available. A status that begins with
// error is a terminal error of type VolumeError with cinder's words.
func (a *cinderActivities) WaitSnapshot(ctx context.Context, w SnapshotWait) (Snapshot, error) {
	return forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *client) (Snapshot, error) {
		var last Snapshot
		name, begun := named(KindSnapshot, w.Name, w.ID), time.Now()
		err := snapshotResource.watch(ctx, c, w.ID, func(s Snapshot) (bool, error) {
			last = s
			say(ctx, waiting(name, s.Status, begun))
			if strings.HasPrefix(s.Status, "error") {
				return false, cinderFailed(ctx, c, name, s.OwnedObject)
			}
			return s.Status == "available", nil
		})
		return last, err
	})
}

func listSnapshots(ctx context.Context, c *client, o snapshots.ListOpts) ([]Snapshot, error) {
	pages, err := snapshots.List(c.volume, o).AllPages(ctx)
	if err != nil {
		return nil, err
	}
	all, err := snapshots.ExtractSnapshots(pages)
	out := make([]Snapshot, 0, len(all))
	for _, s := range all {
		out = append(out, toSnapshot(c, &s))
	}
	return out, err
}

func toSnapshot(c *client, s *snapshots.Snapshot) Snapshot {
	if s == nil {
		return Snapshot{}
	}
	return Snapshot{
		OwnedObject: OwnedObject{Cloud: c.name, Kind: KindSnapshot, ID: s.ID, Name: s.Name, Status: s.Status, Mark: markIn(s.Metadata[markKey]), Created: s.CreatedAt, Project: s.ProjectID},
		VolumeID:    s.VolumeID, SizeGiB: s.Size,
	}
}
