package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
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
func VolumeRestore(ctx workflow.Context, spec VolumeRestoreSpec) (Volume, error) {
	return run(ctx, volumeRestore, spec)
}

// Names of the workflow and of its flow.
const (
	VolumeRestoreName = "VolumeRestore"
	VolumeRestoreKind = "volume-restore"
)

var volumeRestore = saga.Define(VolumeRestoreKind, buildVolumeRestore)

var volumeRestoreExample = VolumeRestoreSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Volume: "data-1", Snapshot: "monday"}

// buildVolumeRestore is the flow: look, revert, wait.
func buildVolumeRestore(spec VolumeRestoreSpec) (*saga.Flow, saga.Ref[Volume]) {
	spec.Deadline = cmp.Or(spec.Deadline, forGood)
	f := saga.NewFlow(VolumeRestoreKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, cinder.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) cinder.VolumeChangeQuery {
		return cinder.VolumeChangeQuery{Cloud: spec.Cloud, Run: run, Volume: spec.Volume, Change: cinder.ChangeRevert, Snapshot: spec.Snapshot}
	}), saga.Summary("look up volume "+spec.Volume+" and its snapshots"))
	asked := saga.Add(f, "revert", cinder.RevertVolumeAction, saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.RevertVolumeInput {
		return cinder.RevertVolumeInput{Cloud: spec.Cloud, VolumeID: plan.Volume.ID, SnapshotID: plan.Snapshot.ID}
	}), saga.Pivot(), saga.Summary("to snapshot "+spec.Snapshot))
	ready := saga.Add(f, "reverted", cinder.WaitVolumeAction, saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: spec.Cloud, ID: plan.Volume.ID, Name: plan.Volume.Name, Status: "available"}
	}), saga.After(asked), saga.Summary("wait until it is available"))
	return f, saga.From(ready, toVolume)
}
