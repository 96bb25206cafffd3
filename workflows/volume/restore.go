package volume

import (
	"novaflow/activities/cinder"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Restore reverts a volume to its latest snapshot. Create with a snapshot restores beside
// the volume instead, and can itself be reverted.
//
// Locks: the volume.
//
// Invariant: what was written since the snapshot is gone when cinder accepts the request,
// which is the point of no return. Before it the volume is only looked at. If cinder
// fails afterwards, the volume is in error, and on some clouds a snapshot of cinder's own
// is left; the run is STUCK, as there is no way back.
var Restore = spec.Flow[RestoreSpec, Volume]{
	Workflow: "VolumeRestore", Kind: "volume-restore", // both stand in histories
	Deadline: forGood,
	Build:    buildRestore,
	Example:  RestoreSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Volume: "data-1", Snapshot: "monday"},
}

// buildRestore adds the tasks: look, revert, wait.
func buildRestore(f *saga.Flow, req RestoreSpec) saga.Ref[Volume] {
	plan := addChangeCheck(f, cinder.VolumeChangeQuery{
		Cloud: req.Cloud, Volume: req.Volume, Change: cinder.ChangeRevert, Snapshot: req.Snapshot,
	}, "look up volume "+req.Volume+" and its snapshots")
	in := saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.RevertVolumeInput {
		return cinder.RevertVolumeInput{Cloud: req.Cloud, VolumeID: plan.Volume.ID, SnapshotID: plan.Snapshot.ID}
	})
	asked := saga.Add(f, "revert", cinder.RevertVolumeAction, in,
		saga.Pivot(), saga.Summary("to snapshot "+req.Snapshot))
	wait := saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: req.Cloud, ID: plan.Volume.ID, Name: plan.Volume.Name, Status: "available"}
	})
	ready := saga.Add(f, "reverted", cinder.WaitVolumeAction, wait,
		saga.After(asked), saga.Summary("wait until it is available"))
	return saga.From(ready, resultOf)
}

// RestoreSpec is the request of Restore.
type RestoreSpec struct {
	spec.RunOptions
	Volume   string `json:"volume"`   // name or id
	Snapshot string `json:"snapshot"` // name or id of its latest
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s RestoreSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "volume", s.Volume)
		spec.Require(bad, "snapshot", s.Snapshot)
	})
}
