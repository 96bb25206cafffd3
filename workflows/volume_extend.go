package workflows

import (
	"cmp"
	"time"

	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
	"novaflow/saga"
)

// VolumeExtend makes a volume larger, also one that is in use, where the cloud
// can do that.
//
// What is held: the volume's workflow id (see VolumeWorkflowID).
//
// The invariant: cinder cannot shrink a volume, so its answer to the request is
// the point of no return. A request that is refused has changed nothing; an
// extension that fails afterwards leaves the volume to a person, and the run is
// STUCK, as there is no way back.
func VolumeExtend(ctx workflow.Context, spec VolumeExtendSpec) (Volume, error) {
	return run(ctx, volumeExtend, spec)
}

// Names of the workflow and of its flow.
const (
	VolumeExtendName = "VolumeExtend"
	VolumeExtendKind = "volume-extend"
)

var volumeExtend = saga.Define(VolumeExtendKind, buildVolumeExtend)

var volumeExtendExample = VolumeExtendSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Volume: "data-1", Size: 20}

// forGood is how long a change that cannot be undone may take before the run
// counts as STUCK, unless the request says otherwise: it takes seconds.
const forGood = Duration(10 * time.Minute)

// buildVolumeExtend is the flow: look, extend, wait for the size.
func buildVolumeExtend(spec VolumeExtendSpec) (*saga.Flow, saga.Ref[Volume]) {
	spec.Deadline = cmp.Or(spec.Deadline, forGood)
	f := saga.NewFlow(VolumeExtendKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, cinder.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) cinder.VolumeChangeQuery {
		return cinder.VolumeChangeQuery{Cloud: spec.Cloud, Run: run, Volume: spec.Volume, Change: cinder.ChangeExtend, SizeGiB: spec.Size}
	}), saga.Summary("look up volume "+spec.Volume))
	in := saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.ExtendVolumeInput {
		return cinder.ExtendVolumeInput{Cloud: spec.Cloud, VolumeID: plan.Volume.ID, Name: plan.Volume.Name, SizeGiB: spec.Size}
	})
	asked := saga.Add(f, "extend", cinder.ExtendVolumeAction, in, saga.Pivot())
	grown := saga.Add(f, "extended", cinder.WaitExtendedAction, in, saga.After(asked), saga.Summary("wait until it has its size"))
	return f, saga.From(grown, toVolume)
}
