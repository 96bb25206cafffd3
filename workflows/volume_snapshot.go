package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
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
func VolumeSnapshot(ctx workflow.Context, spec VolumeSnapshotSpec) (SnapshotOfVolume, error) {
	return run(ctx, volumeSnapshot, spec)
}

// Names of the workflow and of its flow.
const (
	VolumeSnapshotName = "VolumeSnapshot"
	VolumeSnapshotKind = "volume-snapshot"
)

var volumeSnapshot = saga.Define(VolumeSnapshotKind, buildVolumeSnapshot)

var volumeSnapshotExample = VolumeSnapshotSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Volume: "data-1", Name: "monday"}

// buildVolumeSnapshot is the flow: look, ask for the snapshot, wait.
func buildVolumeSnapshot(spec VolumeSnapshotSpec) (*saga.Flow, saga.Ref[SnapshotOfVolume]) {
	f := saga.NewFlow(VolumeSnapshotKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, cinder.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) cinder.VolumeChangeQuery {
		return cinder.VolumeChangeQuery{Cloud: spec.Cloud, Run: run, Volume: spec.Volume, Change: cinder.ChangeSnapshot, Snapshot: spec.Name, Force: spec.Force}
	}), saga.Summary("look up volume "+spec.Volume))
	asked := saga.Add(f, "snapshot", cinder.SnapshotAction, saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.CreateSnapshotInput {
		return cinder.CreateSnapshotInput{
			Cloud: spec.Cloud, Name: spec.Name, Description: spec.Description, VolumeID: plan.Volume.ID, Force: spec.Force,
		}
	}), saga.Summary(spec.Name))
	ready := saga.Add(f, "snapshot-ready", cinder.WaitSnapshotAction, saga.From(asked, func(s cinder.Snapshot) cinder.SnapshotWait {
		return cinder.SnapshotWait{Cloud: spec.Cloud, ID: s.ID, Name: s.Name}
	}), saga.Summary("wait until it is available"))
	return f, saga.From(ready, func(s cinder.Snapshot) SnapshotOfVolume {
		return SnapshotOfVolume{ID: s.ID, Name: s.Name, Volume: s.VolumeID, Size: s.SizeGiB, Status: s.Status}
	})
}
