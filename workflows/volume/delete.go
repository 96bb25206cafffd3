package volume

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/activities/cinder"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Delete removes a volume that a run created, and with it its snapshots if the request
// asks for that. A volume that a server has, or that novaflow did not create, is refused.
//
// Locks: the volume's name in its cloud, as Create.
//
// Invariant: it only goes forward, as what is deleted stays deleted.
var Delete = spec.Planned[DeleteSpec, cinder.OwnedVolume, spec.Deleted]{
	Workflow: "VolumeDelete", Kind: "volume-delete", // both stand in histories
	Plan: listOwned, Build: buildDelete, DryRun: wouldGo,
	ForwardOnly: spec.DeletedForGood,
	Example: cinder.OwnedVolume{
		Volume: cinder.Volume{OwnedObject: activities.OwnedObject{Kind: activities.KindVolume, Name: "data-1"}},
		Snapshots: []cinder.Snapshot{
			{OwnedObject: activities.OwnedObject{Kind: activities.KindSnapshot, Name: "monday"}},
		},
	},
}

// listOwned looks up what a delete of the volume removes.
func listOwned(ctx workflow.Context, req DeleteSpec) (cinder.OwnedVolume, error) {
	return saga.ExecuteRead(ctx, "look up volume "+req.Volume, cinder.ResolveOwnedVolumeAction,
		cinder.OwnedVolumeQuery{Cloud: req.Cloud, Volume: req.Volume, Snapshots: req.Purge})
}

// buildDelete adds the tasks: the snapshots, then the volume.
func buildDelete(f *saga.Flow, owned cinder.OwnedVolume) saga.Ref[spec.Deleted] {
	var before []saga.Dependency
	for n, s := range owned.Snapshots {
		before = append(before, saga.Add(f, fmt.Sprintf("snapshot-%d", n), cinder.RemoveSnapshotAction,
			saga.Value(s.OwnedObject), saga.Summary("snapshot "+s.Name)))
	}
	gone := saga.Add(f, "volume", cinder.RemoveVolumeAction, saga.Value(owned.Volume.OwnedObject),
		saga.After(before...), saga.Summary("volume "+owned.Volume.Name))
	return saga.From(gone, func(activities.Removed) spec.Deleted { return wouldGo(owned) })
}

// wouldGo returns what a delete of the volume removes.
func wouldGo(owned cinder.OwnedVolume) spec.Deleted {
	d := spec.Deleted{ID: owned.Volume.ID}
	for _, s := range owned.Snapshots {
		d.Removed = append(d.Removed, s.Kind+" "+s.ID)
	}
	d.Removed = append(d.Removed, owned.Volume.Kind+" "+owned.Volume.ID)
	return d
}

// DeleteSpec is the request of Delete.
type DeleteSpec struct {
	spec.RunOptions
	Volume string `json:"volume"`          // name or id
	Purge  bool   `json:"purge,omitempty"` // its snapshots too
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s DeleteSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.CheckForward(bad)
		spec.Require(bad, "volume", s.Volume)
	})
}
