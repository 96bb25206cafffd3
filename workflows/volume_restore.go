package workflows

import (
	"novaflow/activities"
	"novaflow/saga"
)

// VolumeRestore takes a volume back to its latest snapshot. VolumeCreate with a
// snapshot restores beside the volume instead, and can be undone.
//
// What is held: the volume's workflow id (see VolumeWorkflowID).
//
// The invariant: what was written since the snapshot is gone with cinder's answer
// to the request, which is the point of no return. Before it the volume is
// looked at, and nothing has changed. A revert that fails afterwards leaves the
// volume in error, and on some clouds a snapshot of cinder's own; the run is
// STUCK, as there is no way back.
var VolumeRestore = Flow[VolumeRestoreSpec, Volume]{
	Workflow: "VolumeRestore", Kind: "volume-restore", // both stand in histories
	Deadline: forGood,
	Build:    buildVolumeRestore,
	Example:  VolumeRestoreSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Volume: "data-1", Snapshot: "monday"},
}

// buildVolumeRestore is the flow: look, revert, wait.
func buildVolumeRestore(f *saga.Flow, req VolumeRestoreSpec) saga.Ref[Volume] {
	plan := saga.Add(f, requestTask, activities.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) activities.VolumeChangeQuery {
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

// VolumeRestoreSpec is the input of VolumeRestore.
type VolumeRestoreSpec struct {
	RunOptions
	Volume   string `json:"volume"`   // name or id
	Snapshot string `json:"snapshot"` // name or id; its latest
}

// Validate does for a restore what it does for a create.
func (s VolumeRestoreSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "volume", s.Volume)
		required(bad, "snapshot", s.Snapshot)
	})
}
