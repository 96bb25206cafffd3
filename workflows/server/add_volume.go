package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// AddVolume attaches a volume to a server.
//
// What is held: the server's workflow id (see ServerWorkflowID), and a lock of the
// volume.
//
// The invariant: either the run commits and the server has the volume, or the
// volume is available again. An attachment has no mark; the pair is what
// identifies it, and nobody else can make it while the run has both locks.
var AddVolume = spec.Flow[AttachVolumeSpec, Attached]{
	Workflow: "ServerAddVolume", Kind: "server-add-volume", // both stand in histories
	Build:   buildAddVolume,
	Example: attachVolumeExample,
}

var attachVolumeExample = AttachVolumeSpec{RunOptions: spec.RunOptions{Cloud: "devcloud"}, Server: "web-1", Volume: "data-1"}

// buildAddVolume is the flow: look, lock the volume, attach, wait.
func buildAddVolume(f *saga.Flow, req AttachVolumeSpec) saga.Ref[Attached] {
	plan := saga.Add(f, spec.RequestTask, activities.CheckAttachAction, saga.Value(activities.AttachQuery{Cloud: req.Cloud, Server: req.Server, Volume: req.Volume}),
		saga.Summary("look up server and volume"))
	locked := lockVolume(f, req.RunOptions, plan)
	attached := saga.Add(f, "attach", activities.AttachmentAction, saga.From(plan, req.pair), saga.After(locked), saga.Summary(req.Volume+" to "+req.Server))
	inUse := saga.Add(f, "attached", activities.WaitVolumeAction, saga.From(attached, func(a activities.Attachment) activities.VolumeWait {
		return activities.VolumeWait{Cloud: req.Cloud, ID: a.VolumeID, Name: req.Volume, Status: "in-use"}
	}), saga.Summary("wait until it is in use"))
	return saga.From2(attached, inUse, func(a activities.Attachment, _ activities.Volume) Attached {
		return Attached{Server: a.ServerID, Volume: a.VolumeID, Device: a.Device}
	})
}

// pair is the attachment that the request is about.
func (s AttachVolumeSpec) pair(plan activities.AttachPlan) activities.AttachVolumeInput {
	return activities.AttachVolumeInput{Cloud: s.Cloud, ServerID: plan.Server.ID, VolumeID: plan.Volume.ID, Device: s.Device}
}
