package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
	"novaflow/saga"
)

// VolumeCreate makes a volume: blank, from an image, or from a snapshot, which
// restores what that holds beside the volume that it was taken of.
//
// What is held: the workflow id is the volume's name in its cloud (see
// VolumeWorkflowID), so one run at a time changes a volume.
//
// The invariant: the volume carries the run's mark from its first moment, and
// either the run commits with it, or it is gone. Image and snapshot stay as they
// are.
func VolumeCreate(ctx workflow.Context, spec VolumeCreateSpec) (Volume, error) {
	return run(ctx, volumeCreate, spec)
}

// Names of the workflow and of its flow.
const (
	VolumeCreateName = "VolumeCreate"
	VolumeCreateKind = "volume-create"
)

var volumeCreate = saga.Define(VolumeCreateKind, buildVolumeCreate)

var volumeCreateExample = VolumeCreateSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Name: "data-1", Size: 10, Image: "tiny"}

// buildVolumeCreate is the flow: look everything up, ask for the volume, wait.
func buildVolumeCreate(spec VolumeCreateSpec) (*saga.Flow, saga.Ref[Volume]) {
	f := saga.NewFlow(VolumeCreateKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, cinder.CheckVolumeAction, saga.From(saga.ThisRun(), func(run string) cinder.VolumeQuery {
		return cinder.VolumeQuery{
			Cloud: spec.Cloud, Run: run, Name: spec.Name, SizeGiB: spec.Size, Image: spec.Image, Snapshot: spec.Snapshot,
			Type: spec.Type, AvailabilityZone: spec.AvailabilityZone,
		}
	}), saga.Summary("look up what the request names"))
	asked := saga.Add(f, "volume", cinder.VolumeAction, saga.From(plan, func(plan cinder.VolumePlan) cinder.CreateVolumeInput {
		in := cinder.CreateVolumeInput{
			Cloud: spec.Cloud, Name: spec.Name, SizeGiB: plan.SizeGiB, ImageID: plan.ImageID, Type: spec.Type, AvailabilityZone: spec.AvailabilityZone,
		}
		if plan.Snapshot != nil {
			in.SnapshotID = plan.Snapshot.ID
		}
		return in
	}), saga.Summary(spec.Name))
	ready := saga.Add(f, "volume-ready", cinder.WaitVolumeAction, saga.From(asked, func(v cinder.Volume) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: spec.Cloud, ID: v.ID, Name: v.Name, Status: "available"}
	}), saga.Summary("wait until it is available"))
	return f, saga.From(ready, toVolume)
}
