package glance

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/saga"
)

const KindVolumeSnapshot = "volume snapshot"

// VolumeSnapshot is a snapshot that nova created of a server's volume.
type VolumeSnapshot struct{ resource.OwnedObject }

// Its name carries the digest of the mark; find is given none.
var VolumeSnapshots = resource.Kind[VolumeSnapshot]{
	Name: KindVolumeSnapshot, Service: cloud.Cinder,
	Show: func(ctx context.Context, c *cloud.Client, id string) (VolumeSnapshot, error) {
		s, err := snapshots.Get(ctx, c.Volume, id).Extract()
		return toVolumeSnapshot(c, s), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v VolumeSnapshot) error {
		return snapshots.Delete(ctx, c.Volume, v.ID).ExtractErr()
	},
	DeleteAgain: func(v VolumeSnapshot) bool { return v.Status == "error_deleting" },
}

func toVolumeSnapshot(c *cloud.Client, s *snapshots.Snapshot) VolumeSnapshot {
	if s == nil {
		return VolumeSnapshot{}
	}
	return VolumeSnapshot{resource.OwnedObject{Cloud: c.Name, Kind: KindVolumeSnapshot, ID: s.ID, Name: s.Name,
		Status: s.Status}}
}

// ListVolumeSnapshots lists the snapshots that have the digest of the mark in their
// names.
func ListVolumeSnapshots(ctx context.Context, c *cloud.Client, m saga.Mark) ([]VolumeSnapshot, error) {
	op := cloud.Cinder.Op(cloud.Listing, "list the snapshots of "+string(m))
	pages, err := snapshots.List(c.Volume, snapshots.ListOpts{}).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := snapshots.ExtractSnapshots(pages)
	var out []VolumeSnapshot
	for _, s := range all {
		if madeAs(s.Name, m) {
			out = append(out, toVolumeSnapshot(c, &s))
		}
	}
	return out, op.Wrap(ctx, err)
}

// DropSnapshots deletes the snapshots that have the mark in their names, and
// those with the ids.
func DropSnapshots(ctx context.Context, c *cloud.Client, m saga.Mark, ids []string) error {
	all, err := ListVolumeSnapshots(ctx, c, m)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if resource.Contains(all, id) {
			continue
		}
		s, err := VolumeSnapshots.Get(ctx, c, id)
		if cloud.ClassOf(err) == cloud.Gone {
			continue
		}
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	for _, s := range all {
		if err := VolumeSnapshots.DeleteAndWait(ctx, c, s); err != nil {
			return err
		}
	}
	return nil
}
