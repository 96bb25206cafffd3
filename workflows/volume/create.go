package volume

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Create makes a volume: blank, from an image, or from a snapshot, which
// restores what that holds beside the volume that it was taken of.
//
// What is held: the workflow id is the volume's name in its cloud (see
// VolumeWorkflowID), so one run at a time changes a volume.
//
// The invariant: the volume carries the run's mark from its first moment, and
// either the run commits with it, or it is gone. Image and snapshot stay as they
// are.
var Create = spec.Flow[CreateSpec, Volume]{
	Workflow: "VolumeCreate", Kind: "volume-create", // both stand in histories
	Build:   buildCreate,
	Example: CreateSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Name: "data-1", Size: 10, Image: "tiny"},
}

// buildCreate is the flow: look everything up, ask for the volume, wait.
func buildCreate(f *saga.Flow, req CreateSpec) saga.Ref[Volume] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckVolumeAction, saga.From(saga.ThisRun(), func(run string) activities.VolumeQuery {
		return activities.VolumeQuery{
			Cloud: req.Cloud, Run: run, Name: req.Name, SizeGiB: req.Size, Image: req.Image, Snapshot: req.Snapshot,
			Type: req.Type, AvailabilityZone: req.AvailabilityZone,
		}
	}), saga.Summary("look up what the request names"))
	asked := saga.Add(f, "volume", activities.VolumeAction, saga.From(plan, func(plan activities.VolumePlan) activities.CreateVolumeInput {
		in := activities.CreateVolumeInput{
			Cloud: req.Cloud, Name: req.Name, SizeGiB: plan.SizeGiB, ImageID: plan.ImageID, Type: req.Type, AvailabilityZone: req.AvailabilityZone,
		}
		if plan.Snapshot != nil {
			in.SnapshotID = plan.Snapshot.ID
		}
		return in
	}), saga.Summary(req.Name))
	ready := saga.Add(f, "volume-ready", activities.WaitVolumeAction, saga.From(asked, func(v activities.Volume) activities.VolumeWait {
		return activities.VolumeWait{Cloud: req.Cloud, ID: v.ID, Name: v.Name, Status: "available"}
	}), saga.Summary("wait until it is available"))
	return saga.From(ready, toVolume)
}

// CreateSpec is the input of VolumeCreate. Images, snapshots and types are
// given by name or id.
type CreateSpec struct {
	spec.RunOptions
	Name             string `json:"name"`               // one volume of this name per project
	Size             int    `json:"size,omitempty"`     // GiB; 0 is that of the snapshot
	Image            string `json:"image,omitempty"`    // made from it; else from the snapshot, else blank
	Snapshot         string `json:"snapshot,omitempty"` // of a volume
	Type             string `json:"type,omitempty"`     // "": the cloud's default
	AvailabilityZone string `json:"availabilityZone,omitempty"`
}

// Request gives access to what every request for a new resource has.
func (s *CreateSpec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// Validate returns everything that is wrong with the spec and can be seen
// without a cloud, joined, or nil.
func (s CreateSpec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
		switch {
		case s.Image != "" && s.Snapshot != "":
			bad("image, snapshot: a volume is made from one of them, or from neither")
		case s.Size == 0 && s.Snapshot == "":
			bad("size: missing; only a volume that is made from a snapshot has one without being told")
		case s.Size != 0:
			spec.CheckSize(bad, "size", s.Size)
		}
	})
}
