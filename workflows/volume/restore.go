package volume

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Restore takes a volume back to its latest snapshot. VolumeCreate with a
// snapshot restores beside the volume instead, and can be undone.
//
// What is held: the volume's workflow id (see VolumeWorkflowID).
//
// The invariant: what was written since the snapshot is gone with cinder's answer
// to the request, which is the point of no return. Before it the volume is
// looked at, and nothing has changed. A revert that fails afterwards leaves the
// volume in error, and on some clouds a snapshot of cinder's own; the run is
// STUCK, as there is no way back.
var Restore = spec.Flow[RestoreSpec, Volume]{
	Workflow: "VolumeRestore", Kind: "volume-restore", // both stand in histories
	Deadline: forGood,
	Build:    buildRestore,
	Example:  RestoreSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Volume: "data-1", Snapshot: "monday"},
}

// buildRestore is the flow: look, revert, wait.
func buildRestore(f *saga.Flow, req RestoreSpec) saga.Ref[Volume] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) activities.VolumeChangeQuery {
		return activities.VolumeChangeQuery{Cloud: req.Cloud, Run: run, Volume: req.Volume, Change: activities.RevertIt, Snapshot: req.Snapshot}
	}), saga.Summary("look up volume "+req.Volume+" and its snapshots"))
	asked := saga.Add(f, "revert", activities.RevertVolumeAction, saga.From(plan, func(plan activities.VolumeChangePlan) activities.RevertVolumeInput {
		return activities.RevertVolumeInput{Cloud: req.Cloud, VolumeID: plan.Volume.ID, SnapshotID: plan.Snapshot.ID}
	}), saga.Pivot(), saga.Summary("to snapshot "+req.Snapshot))
	ready := saga.Add(f, "reverted", activities.WaitVolumeAction, saga.From(plan, func(plan activities.VolumeChangePlan) activities.VolumeWait {
		return activities.VolumeWait{Cloud: req.Cloud, ID: plan.Volume.ID, Name: plan.Volume.Name, Status: "available"}
	}), saga.After(asked), saga.Summary("wait until it is available"))
	return saga.From(ready, toVolume)
}

// RestoreSpec is the input of VolumeRestore.
type RestoreSpec struct {
	spec.RunOptions
	Volume   string `json:"volume"`   // name or id
	Snapshot string `json:"snapshot"` // name or id; its latest
}

// Validate does for a restore what it does for a create.
func (s RestoreSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "volume", s.Volume)
		spec.Require(bad, "snapshot", s.Snapshot)
	})
}
