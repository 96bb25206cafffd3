package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// AddVolume attaches a volume to a server.
//
// Locks: the server and the volume.
//
// Invariant: either the run commits and the server has the volume, or the volume is
// available again. An attachment has no mark: the pair identifies it, and nobody else can
// create it while the run has both locks.
var AddVolume = spec.Flow[AttachVolumeSpec, Attached]{
	Workflow: "ServerAddVolume", Kind: "server-add-volume", // both stand in histories
	Build:   buildAddVolume,
	Example: AttachVolumeSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Volume: "data-1"},
}

// buildAddVolume adds the tasks: look, lock the volume, attach, wait.
func buildAddVolume(f *saga.Flow, req AttachVolumeSpec) saga.Ref[Attached] {
	query := activities.AttachQuery{Cloud: req.Cloud, Server: req.Server, Volume: req.Volume}
	plan := addAttachCheck(f, query, "look up server and volume")
	locked := lockVolume(f, req.RunOptions, plan)
	attached := saga.Add(f, "attach", activities.AttachmentAction, saga.From(plan, req.attachment),
		saga.After(locked), saga.Summary(req.Volume+" to "+req.Server))
	wait := saga.From(attached, func(a activities.Attachment) activities.VolumeWait {
		return activities.VolumeWait{Cloud: req.Cloud, ID: a.VolumeID, Name: req.Volume, Status: "in-use"}
	})
	inUse := saga.Add(f, "attached", activities.WaitVolumeAction, wait, saga.Summary("wait until it is in use"))
	return saga.From2(attached, inUse, func(a activities.Attachment, _ activities.Volume) Attached {
		return Attached{Server: a.ServerID, Volume: a.VolumeID, Device: a.Device}
	})
}
