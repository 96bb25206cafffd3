package volume

import (
	"time"

	"novaflow/activities/cinder"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Extend makes a volume larger, in use or not, if the cloud can do that.
//
// Locks: the volume.
//
// Invariant: cinder cannot shrink a volume, so the request is the point of no return. A
// refused request has changed nothing; a later failure leaves the run STUCK for a person,
// as there is no way back.
var Extend = spec.Flow[ExtendSpec, Volume]{
	Workflow: "VolumeExtend", Kind: "volume-extend", // both stand in histories
	Deadline: forGood,
	Build:    buildExtend,
	Example:  ExtendSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Volume: "data-1", Size: 20},
}

// forGood bounds how long a change that cannot be reverted takes before the run counts as
// STUCK, unless the request says otherwise. Such a change takes seconds.
const forGood = 10 * time.Minute

// buildExtend adds the tasks: look, extend, wait for the size.
func buildExtend(f *saga.Flow, req ExtendSpec) saga.Ref[Volume] {
	plan := addChangeCheck(f, cinder.VolumeChangeQuery{
		Cloud: req.Cloud, Volume: req.Volume, Change: cinder.ChangeExtend, SizeGiB: req.Size,
	}, "look up volume "+req.Volume)
	in := saga.From(plan, func(plan cinder.VolumeChangePlan) cinder.ExtendVolumeInput {
		return cinder.ExtendVolumeInput{
			Cloud: req.Cloud, VolumeID: plan.Volume.ID, Name: plan.Volume.Name, SizeGiB: req.Size,
		}
	})
	asked := saga.Add(f, "extend", cinder.ExtendVolumeAction, in, saga.Pivot())
	extended := saga.Add(f, "extended", cinder.WaitExtendedAction, in,
		saga.After(asked), saga.Summary("wait until it has its size"))
	return saga.From(extended, resultOf)
}

// ExtendSpec is the request of Extend.
type ExtendSpec struct {
	spec.RunOptions
	Volume string `json:"volume"` // name or id
	Size   int    `json:"size"`   // GiB; the size that it has already changes nothing
}

// Validate returns everything that is wrong with the request, joined, or nil.
func (s ExtendSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "volume", s.Volume)
		spec.CheckSize(bad, "size", s.Size)
	})
}
