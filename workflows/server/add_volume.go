package server

import (
	"novaflow/activities/cinder"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
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
	query := plan.AttachQuery{Cloud: req.Cloud, Server: req.Server, Volume: req.Volume}
	found := addAttachCheck(f, query, "look up server and volume")
	locked := lockVolume(f, req.RunOptions, found)
	attached := saga.Add(f, "attach", attach.VolumeAttachmentAction, saga.From(found, req.attachment),
		saga.After(locked), saga.Summary(req.Volume+" to "+req.Server))
	wait := saga.From(attached, func(a attach.Attachment) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: req.Cloud, ID: a.VolumeID, Name: req.Volume, Status: "in-use"}
	})
	inUse := saga.Add(f, "attached", cinder.WaitVolumeAction, wait, saga.Summary("wait until it is in use"))
	return saga.From2(attached, inUse, func(a attach.Attachment, _ cinder.Volume) Attached {
		return Attached{Server: a.ServerID, Volume: a.VolumeID, Device: a.Device}
	})
}
