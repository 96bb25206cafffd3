package volume

import (
	"novaflow/activities/cinder"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Create creates a volume: blank, from an image, or from a snapshot. From a snapshot it
// restores what that holds beside the volume it was taken of.
//
// Locks: the volume's name in its cloud.
//
// Invariant: the volume carries the run's mark from its first moment, and either the run
// commits with it, or it is gone. Image and snapshot stay as they are.
var Create = spec.Flow[CreateSpec, Volume]{
	Workflow: "VolumeCreate", Kind: "volume-create", // both stand in histories
	Build:   buildCreate,
	Example: CreateSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "data-1", Size: 10, Image: "tiny"},
}

// buildCreate adds the tasks: look everything up, ask for the volume, wait.
func buildCreate(f *saga.Flow, req CreateSpec) saga.Ref[Volume] {
	query := saga.From(saga.ThisRun(), func(run string) cinder.VolumeQuery {
		return cinder.VolumeQuery{
			Cloud: req.Cloud, Run: run, Name: req.Name, SizeGiB: req.Size, Image: req.Image, Snapshot: req.Snapshot,
			Type: req.Type, AvailabilityZone: req.AvailabilityZone,
		}
	})
	plan := saga.Add(f, spec.RequestTask, cinder.CheckVolumeAction, query,
		saga.Summary("look up what the request names"))
	in := saga.From(plan, func(plan cinder.VolumePlan) cinder.CreateVolumeInput {
		in := cinder.CreateVolumeInput{
			Cloud: req.Cloud, Name: req.Name, SizeGiB: plan.SizeGiB, ImageID: plan.ImageID, Type: req.Type,
			AvailabilityZone: req.AvailabilityZone,
		}
		if plan.Snapshot != nil {
			in.SnapshotID = plan.Snapshot.ID
		}
		return in
	})
	asked := saga.Add(f, "volume", cinder.VolumeAction, in, saga.Summary(req.Name))
	wait := saga.From(asked, func(v cinder.Volume) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: req.Cloud, ID: v.ID, Name: v.Name, Status: "available"}
	})
	ready := saga.Add(f, "volume-ready", cinder.WaitVolumeAction, wait, saga.Summary("wait until it is available"))
	return saga.From(ready, resultOf)
}

// CreateSpec is the request of Create. Images, snapshots and types are given by name or
// id.
type CreateSpec struct {
	spec.RunOptions
	Name             string `json:"name"`               // one volume of this name per project
	Size             int    `json:"size,omitempty"`     // GiB; 0 is the size of the snapshot
	Image            string `json:"image,omitempty"`    // created from it; else from the snapshot, else blank
	Snapshot         string `json:"snapshot,omitempty"` // of a volume
	Type             string `json:"type,omitempty"`     // "": the cloud's default
	AvailabilityZone string `json:"availabilityZone,omitempty"`
}

// Request returns what every request for a new resource has, to be filled in.
func (s *CreateSpec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// Validate returns everything that is wrong with the request and can be seen without a
// cloud, joined, or nil.
func (s CreateSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
		switch {
		case s.Image != "" && s.Snapshot != "":
			bad("image, snapshot: a volume is created from one of them, or from neither")
		case s.Size == 0 && s.Snapshot == "":
			bad("size: missing; only a volume that is created from a snapshot needs none")
		case s.Size != 0:
			spec.CheckSize(bad, "size", s.Size)
		}
	})
}
