package workflows

import (
	"novaflow/activities"
	"novaflow/saga"
)

// VolumeSnapshot takes a snapshot of a volume. That of a volume in use has what is
// on its disk, as after a power cut, and must be asked for.
//
// What is held: the volume's workflow id (see VolumeWorkflowID), so the volume is
// neither extended nor deleted meanwhile.
//
// The invariant: the snapshot carries the run's mark from its first moment, and
// either the run commits with it, or it is gone. The volume stays as it is.
var VolumeSnapshot = Flow[VolumeSnapshotSpec, SnapshotOfVolume]{
	Workflow: "VolumeSnapshot", Kind: "volume-snapshot", // both stand in histories
	Build:   buildVolumeSnapshot,
	Example: VolumeSnapshotSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Volume: "data-1", Name: "monday"},
}

// buildVolumeSnapshot is the flow: look, ask for the snapshot, wait.
func buildVolumeSnapshot(f *saga.Flow, req VolumeSnapshotSpec) saga.Ref[SnapshotOfVolume] {
	plan := saga.Add(f, requestTask, activities.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) activities.VolumeChangeQuery {
		return activities.VolumeChangeQuery{Cloud: req.Cloud, Run: run, Volume: req.Volume, Change: activities.SnapshotIt, Snapshot: req.Name, Force: req.Force}
	}), saga.Summary("look up volume "+req.Volume))
	asked := saga.Add(f, "snapshot", activities.SnapshotAction, saga.From(plan, func(plan activities.VolumeChangePlan) activities.CreateSnapshotInput {
		return activities.CreateSnapshotInput{
			Cloud: req.Cloud, Name: req.Name, Description: req.Description, VolumeID: plan.Volume.ID, Force: req.Force,
		}
	}), saga.Summary(req.Name))
	ready := saga.Add(f, "snapshot-ready", activities.WaitSnapshotAction, saga.From(asked, func(s activities.Snapshot) activities.SnapshotWait {
		return activities.SnapshotWait{Cloud: req.Cloud, ID: s.ID, Name: s.Name}
	}), saga.Summary("wait until it is available"))
	return saga.From(ready, func(s activities.Snapshot) SnapshotOfVolume {
		return SnapshotOfVolume{ID: s.ID, Name: s.Name, Volume: s.VolumeID, Size: s.SizeGiB, Status: s.Status}
	})
}

// VolumeSnapshotSpec is the input of VolumeSnapshot.
type VolumeSnapshotSpec struct {
	RunOptions
	Volume      string `json:"volume"` // name or id
	Name        string `json:"name"`   // of the snapshot
	Description string `json:"description,omitempty"`
	Force       bool   `json:"force,omitempty"` // also of a volume that is in use
}

// Validate does for a snapshot what it does for a create.
func (s VolumeSnapshotSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "volume", s.Volume)
		required(bad, "name", s.Name)
		checkName(bad, s.Name)
		if len(s.Description) > maxName {
			bad("description: longer than %d bytes", maxName)
		}
	})
}

// SnapshotOfVolume is the result of VolumeSnapshot.
type SnapshotOfVolume struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Volume string `json:"volume"` // id
	Size   int    `json:"size"`   // GiB
	Status string `json:"status"`
}
