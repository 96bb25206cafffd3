package workflows

import (
	"time"

	"novaflow/activities"
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
var VolumeExtend = Flow[VolumeExtendSpec, Volume]{
	Workflow: "VolumeExtend", Kind: "volume-extend", // both stand in histories
	Deadline: forGood,
	Build:    buildVolumeExtend,
	Example:  VolumeExtendSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Volume: "data-1", Size: 20},
}

// forGood is how long a change that cannot be undone may take before the run
// counts as STUCK, unless the request says otherwise: it takes seconds.
const forGood = 10 * time.Minute

// buildVolumeExtend is the flow: look, extend, wait for the size.
func buildVolumeExtend(f *saga.Flow, req VolumeExtendSpec) saga.Ref[Volume] {
	plan := saga.Add(f, requestTask, activities.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) activities.VolumeChangeQuery {
		return activities.VolumeChangeQuery{Cloud: req.Cloud, Run: run, Volume: req.Volume, Change: activities.ExtendIt, SizeGiB: req.Size}
	}), saga.Summary("look up volume "+req.Volume))
	in := saga.From(plan, func(plan activities.VolumeChangePlan) activities.ExtendVolumeInput {
		return activities.ExtendVolumeInput{Cloud: req.Cloud, VolumeID: plan.Volume.ID, Name: plan.Volume.Name, SizeGiB: req.Size}
	})
	asked := saga.Add(f, "extend", activities.ExtendVolumeAction, in, saga.Pivot())
	grown := saga.Add(f, "extended", activities.WaitExtendedAction, in, saga.After(asked), saga.Summary("wait until it has its size"))
	return saga.From(grown, toVolume)
}

// VolumeExtendSpec is the input of VolumeExtend.
type VolumeExtendSpec struct {
	RunOptions
	Volume string `json:"volume"` // name or id
	Size   int    `json:"size"`   // GiB; what it has already changes nothing
}

// Validate does for an extension what it does for a create.
func (s VolumeExtendSpec) Validate() error {
	return validation(func(bad report) {
		s.RunOptions.validate(bad)
		required(bad, "volume", s.Volume)
		checkSize(bad, "size", s.Size)
	})
}
