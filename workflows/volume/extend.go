package volume

import (
	"time"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Extend makes a volume larger, also one that is in use, where the cloud
// can do that.
//
// What is held: the volume's workflow id (see VolumeWorkflowID).
//
// The invariant: cinder cannot shrink a volume, so its answer to the request is
// the point of no return. A request that is refused has changed nothing; an
// extension that fails afterwards leaves the volume to a person, and the run is
// STUCK, as there is no way back.
var Extend = spec.Flow[ExtendSpec, Volume]{
	Workflow: "VolumeExtend", Kind: "volume-extend", // both stand in histories
	Deadline: forGood,
	Build:    buildExtend,
	Example:  ExtendSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Volume: "data-1", Size: 20},
}

// forGood is how long a change that cannot be undone may take before the run
// counts as STUCK, unless the request says otherwise: it takes seconds.
const forGood = 10 * time.Minute

// buildExtend is the flow: look, extend, wait for the size.
func buildExtend(f *saga.Flow, req ExtendSpec) saga.Ref[Volume] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckVolumeChangeAction, saga.From(saga.ThisRun(), func(run string) activities.VolumeChangeQuery {
		return activities.VolumeChangeQuery{Cloud: req.Cloud, Run: run, Volume: req.Volume, Change: activities.ExtendIt, SizeGiB: req.Size}
	}), saga.Summary("look up volume "+req.Volume))
	in := saga.From(plan, func(plan activities.VolumeChangePlan) activities.ExtendVolumeInput {
		return activities.ExtendVolumeInput{Cloud: req.Cloud, VolumeID: plan.Volume.ID, Name: plan.Volume.Name, SizeGiB: req.Size}
	})
	asked := saga.Add(f, "extend", activities.ExtendVolumeAction, in, saga.Pivot())
	grown := saga.Add(f, "extended", activities.WaitExtendedAction, in, saga.After(asked), saga.Summary("wait until it has its size"))
	return saga.From(grown, toVolume)
}

// ExtendSpec is the input of VolumeExtend.
type ExtendSpec struct {
	spec.RunOptions
	Volume string `json:"volume"` // name or id
	Size   int    `json:"size"`   // GiB; what it has already changes nothing
}

// Validate does for an extension what it does for a create.
func (s ExtendSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "volume", s.Volume)
		spec.CheckSize(bad, "size", s.Size)
	})
}
