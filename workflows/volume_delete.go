package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/saga"
)

// VolumeDelete removes a volume that a run made, and with it its snapshots, if
// that is asked for. A volume that a server has, or that novaflow did not make,
// is refused.
//
// It only goes forward: what is gone stays gone.
//
// What is held: the same workflow id as VolumeCreate's.
func VolumeDelete(ctx workflow.Context, spec VolumeDeleteSpec) (Deleted, error) {
	if err := refuse(spec); err != nil {
		return Deleted{}, err
	}
	owned, err := saga.Look(ctx, "look up volume "+spec.Volume, cinder.ResolveOwnedVolumeAction,
		cinder.OwnedVolumeQuery{Cloud: spec.Cloud, Volume: spec.Volume, Snapshots: spec.Purge})
	if err != nil {
		return Deleted{}, err
	}
	if spec.DryRun {
		return deletedVolume(owned), nil
	}
	return volumeDelete.Run(ctx, owned, spec.flowOptions()...)
}

// deletedVolume is what a delete of these things removes.
func deletedVolume(owned cinder.OwnedVolume) Deleted {
	d := Deleted{ID: owned.Volume.ID}
	for _, s := range owned.Snapshots {
		d.Removed = append(d.Removed, s.Kind+" "+s.ID)
	}
	d.Removed = append(d.Removed, owned.Volume.Kind+" "+owned.Volume.ID)
	return d
}

// Names of the workflow and of its flow.
const (
	VolumeDeleteName = "VolumeDelete"
	VolumeDeleteKind = "volume-delete"
)

var volumeDelete = saga.Define(VolumeDeleteKind, buildVolumeDelete)

var volumeDeleteExample = cinder.OwnedVolume{
	Volume:    cinder.Volume{OwnedObject: activities.OwnedObject{Kind: activities.KindVolume, Name: "data-1"}},
	Snapshots: []cinder.Snapshot{{OwnedObject: activities.OwnedObject{Kind: activities.KindSnapshot, Name: "monday"}}},
}

// buildVolumeDelete is the flow: the snapshots, then the volume.
func buildVolumeDelete(owned cinder.OwnedVolume) (*saga.Flow, saga.Ref[Deleted]) {
	f := saga.NewFlow(VolumeDeleteKind, saga.ForwardOnly("what is deleted cannot be brought back"))
	var before []saga.Dependency
	for n, s := range owned.Snapshots {
		before = append(before, saga.Add(f, fmt.Sprintf("snapshot-%d", n), cinder.RemoveSnapshotAction, saga.Value(s.OwnedObject), saga.Summary("snapshot "+s.Name)))
	}
	gone := saga.Add(f, "volume", cinder.RemoveVolumeAction, saga.Value(owned.Volume.OwnedObject), saga.After(before...), saga.Summary("volume "+owned.Volume.Name))
	return f, saga.From(gone, func(activities.Removed) Deleted { return deletedVolume(owned) })
}
