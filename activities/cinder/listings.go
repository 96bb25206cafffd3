package cinder

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumetypes"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// SourceSnapshot is a snapshot of a volume.
type SourceSnapshot struct {
	ID, Name, Status, Project string
	SizeGiB                   int
	NotBootable               bool // the volume that it was taken of is known not to be
}

type VolumeType struct{ ID, Name string }

func ListVolumeTypes(ctx context.Context, c *cloud.Client) ([]VolumeType, error) {
	op := cloud.Cinder.Op(cloud.Listing, "list volume types")
	pages, err := volumetypes.List(c.Volume, nil).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := volumetypes.ExtractVolumeTypes(pages)
	var out []VolumeType
	for _, t := range all {
		out = append(out, VolumeType{ID: t.ID, Name: t.Name})
	}
	return out, op.Wrap(ctx, err)
}

func FindEachVolume(ctx context.Context, c *cloud.Client, words []string) ([]Volume, error) {
	found, err := resource.FindEach(words, func(id string) (Volume, error) {
		v, err := volumes.Get(ctx, c.Volume, id).Extract()
		return ToVolume(c, v), cloud.Cinder.Op(cloud.Reading, "show volume "+id).Wrap(ctx, err)
	}, func(name string) ([]Volume, error) {
		op := cloud.Cinder.Op(cloud.Listing, "list volumes")
		pages, err := volumes.List(c.Volume, volumes.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, op.Wrap(ctx, err)
		}
		all, err := volumes.ExtractVolumes(pages)
		var out []Volume
		for _, v := range all {
			out = append(out, ToVolume(c, &v))
		}
		return out, op.Wrap(ctx, err)
	})
	return resource.Distinct(found, func(v Volume) string { return v.ID }), err
}

func FindSourceSnapshots(ctx context.Context, c *cloud.Client, word string) ([]SourceSnapshot, error) {
	found, err := resource.FindEach([]string{word}, func(id string) (snapshots.Snapshot, error) {
		s, err := snapshots.Get(ctx, c.Volume, id).Extract()
		return resource.Deref(s), cloud.Cinder.Op(cloud.Reading, "show snapshot "+id).Wrap(ctx, err)
	}, func(name string) ([]snapshots.Snapshot, error) {
		op := cloud.Cinder.Op(cloud.Listing, "list snapshots")
		pages, err := snapshots.List(c.Volume, snapshots.ListOpts{Name: name}).AllPages(ctx)
		if err != nil {
			return nil, op.Wrap(ctx, err)
		}
		all, err := snapshots.ExtractSnapshots(pages)
		return all, op.Wrap(ctx, err)
	})
	var out []SourceSnapshot
	for _, s := range found {
		fact := SourceSnapshot{ID: s.ID, Name: s.Name, Status: s.Status, Project: s.ProjectID, SizeGiB: s.Size}
		if s.ID == word || s.Name == word {
			v, err := Volumes.Get(ctx, c, s.VolumeID)
			if err != nil && cloud.ClassOf(err) != cloud.Gone {
				return nil, err
			}
			fact.NotBootable = err == nil && !v.Bootable
		}
		out = append(out, fact)
	}
	return out, err
}

// ListVolumes lists the volumes of the project, with and without marks.
func ListVolumes(ctx context.Context, clouds *cloud.Clouds, name string) ([]Volume, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := findVolumes(ctx, opened, volumes.ListOpts{})
	return all, cloud.Cinder.Op(cloud.Listing, "list volumes").Wrap(ctx, err)
}

// FindVolumes finds volumes by id or exact name, with and without marks.
func FindVolumes(ctx context.Context, clouds *cloud.Clouds, name, nameOrID string) ([]Volume, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return Volumes.Find(ctx, opened, nameOrID)
}
