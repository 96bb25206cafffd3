package server

import (
	"novaflow/activities/cinder"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// RemoveVolume detaches a volume from a server.
//
// Locks: the server and the volume.
//
// Invariant: either the run commits and the volume is available, or the server has it
// again. A volume that hangs in detaching is waited for, and then the run is STUCK:
// nothing resets its state, as the server may still write to it.
var RemoveVolume = spec.Flow[AttachVolumeSpec, Attached]{
	Workflow: "ServerRemoveVolume", Kind: "server-remove-volume", // both stand in histories
	Build:   buildRemoveVolume,
	Example: AddVolume.Example,
}

// buildRemoveVolume adds the tasks: look, lock the volume, detach, wait.
func buildRemoveVolume(f *saga.Flow, req AttachVolumeSpec) saga.Ref[Attached] {
	query := plan.AttachQuery{Cloud: req.Cloud, Server: req.Server, Volume: req.Volume, Detach: true}
	found := addAttachCheck(f, query, "look up server and volume")
	locked := lockVolume(f, req.RunOptions, found)
	pair := saga.From(found, req.attachment)
	detached := saga.Add(f, "detach", attach.VolumeRemovalAction, pair,
		saga.After(locked), saga.Summary(req.Volume+" from "+req.Server))
	free := saga.Add(f, "detached", attach.WaitVolumeDetachedAction, pair,
		saga.After(detached), saga.Summary("wait until it is available"))
	return saga.From2(detached, free, func(a attach.Attachment, _ cinder.Volume) Attached {
		return Attached{Server: a.ServerID, Volume: a.VolumeID}
	})
}
