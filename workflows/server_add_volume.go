package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// ServerAddVolume attaches a volume to a server.
//
// What is held: the server's workflow id (see ServerWorkflowID), and a lock of the
// volume.
//
// The invariant: either the run commits and the server has the volume, or the
// volume is available again. An attachment has no mark; the pair is what
// identifies it, and nobody else can make it while the run has both locks.
func ServerAddVolume(ctx workflow.Context, spec AttachVolumeSpec) (Attached, error) {
	return run(ctx, serverAddVolume, spec)
}

// Names of the workflow and of its flow.
const (
	ServerAddVolumeName = "ServerAddVolume"
	ServerAddVolumeKind = "server-add-volume"
)

var serverAddVolume = saga.Define(ServerAddVolumeKind, buildServerAddVolume)

var attachVolumeExample = AttachVolumeSpec{RunOptions: RunOptions{Cloud: "devcloud"}, Server: "web-1", Volume: "data-1"}

// buildServerAddVolume is the flow: look, lock the volume, attach, wait.
func buildServerAddVolume(spec AttachVolumeSpec) (*saga.Flow, saga.Ref[Attached]) {
	f := saga.NewFlow(ServerAddVolumeKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, plan.CheckAttachAction, saga.Value(plan.AttachQuery{Cloud: spec.Cloud, Server: spec.Server, Volume: spec.Volume}),
		saga.Summary("look up server and volume"))
	locked := lockVolume(f, spec.RunOptions, plan)
	attached := saga.Add(f, "attach", attach.VolumeAttachmentAction, saga.From(plan, spec.pair), saga.After(locked), saga.Summary(spec.Volume+" to "+spec.Server))
	inUse := saga.Add(f, "attached", cinder.WaitVolumeAction, saga.From(attached, func(a attach.Attachment) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: spec.Cloud, ID: a.VolumeID, Name: spec.Volume, Status: "in-use"}
	}), saga.Summary("wait until it is in use"))
	return f, saga.From2(attached, inUse, func(a attach.Attachment, _ cinder.Volume) Attached {
		return Attached{Server: a.ServerID, Volume: a.VolumeID, Device: a.Device}
	})
}

// pair is the attachment that the request is about.
func (s AttachVolumeSpec) pair(plan plan.AttachPlan) attach.AttachVolumeInput {
	return attach.AttachVolumeInput{Cloud: s.Cloud, ServerID: plan.Server.ID, VolumeID: plan.Volume.ID, Device: s.Device}
}
