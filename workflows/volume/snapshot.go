package volume

import (
	"novaflow/activities/cinder"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Snapshot takes a snapshot of a volume. If the volume is in use, the snapshot has what
// is on its disk, as after a power cut, and the request must ask for that.
//
// Locks: the volume, so it is neither extended nor deleted meanwhile.
//
// Invariant: the snapshot carries the run's mark from its first moment, and either the
// run commits with it, or it is gone. The volume stays as it is.
var Snapshot = spec.Flow[SnapshotSpec, CreatedSnapshot]{
	Workflow: "VolumeSnapshot", Kind: "volume-snapshot", // both stand in histories
	Build:   buildSnapshot,
	Example: SnapshotSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Volume: "data-1", Name: "monday"},
}

// buildSnapshot adds the tasks: look, ask for the snapshot, wait.
func buildSnapshot(f *saga.Flow, req SnapshotSpec) saga.Ref[CreatedSnapshot] {
	plan := addChangeCheck(f, cinder.VolumeChangeQuery{
		Cloud: req.Cloud, Volume: req.Volume, Change: cinder.ChangeSnapshot, Snapshot: req.Name, Force: req.Force,
	}, "look up volume "+req.Volume)
	in := saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.CreateSnapshotInput {
		return cinder.CreateSnapshotInput{
			Cloud: req.Cloud, Name: req.Name, Description: req.Description, VolumeID: plan.Volume.ID, Force: req.Force,
		}
	})
	asked := saga.Add(f, "snapshot", cinder.SnapshotAction, in, saga.Summary(req.Name))
	wait := saga.From(asked, func(s cinder.Snapshot) cinder.SnapshotWait {
		return cinder.SnapshotWait{Cloud: req.Cloud, ID: s.ID, Name: s.Name}
	})
	ready := saga.Add(f, "snapshot-ready", cinder.WaitSnapshotAction, wait,
		saga.Summary("wait until it is available"))
	return saga.From(ready, func(s cinder.Snapshot) CreatedSnapshot {
		return CreatedSnapshot{ID: s.ID, Name: s.Name, Volume: s.VolumeID, Size: s.SizeGiB, Status: s.Status}
	})
}

// SnapshotSpec is the request of Snapshot.
type SnapshotSpec struct {
	spec.RunOptions
	Volume      string `json:"volume"` // name or id
	Name        string `json:"name"`   // of the snapshot
	Description string `json:"description,omitempty"`
	Force       bool   `json:"force,omitempty"` // also of a volume that is in use
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s SnapshotSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "volume", s.Volume)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
		if len(s.Description) > spec.MaxName {
			bad("description: longer than %d bytes", spec.MaxName)
		}
	})
}

// CreatedSnapshot is the result of Snapshot.
type CreatedSnapshot struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Volume string `json:"volume"` // id
	Size   int    `json:"size"`   // GiB
	Status string `json:"status"`
}
