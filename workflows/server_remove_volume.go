package workflows

import (
	"go.temporal.io/sdk/workflow"

	"novaflow/activities/cinder"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// ServerRemoveVolume detaches a volume from a server.
//
// What is held: the server's workflow id (see ServerWorkflowID), and a lock of the
// volume.
//
// The invariant: either the run commits and the volume is available, or the server
// has it again. A volume that hangs in detaching is waited for, and then the run
// is STUCK: nothing resets its state, as the server may still write to it.
func ServerRemoveVolume(ctx workflow.Context, spec AttachVolumeSpec) (Attached, error) {
	return run(ctx, serverRemoveVolume, spec)
}

// Names of the workflow and of its flow.
const (
	ServerRemoveVolumeName = "ServerRemoveVolume"
	ServerRemoveVolumeKind = "server-remove-volume"
)

var serverRemoveVolume = saga.Define(ServerRemoveVolumeKind, buildServerRemoveVolume)

// buildServerRemoveVolume is the flow: look, lock the volume, detach, wait.
func buildServerRemoveVolume(spec AttachVolumeSpec) (*saga.Flow, saga.Ref[Attached]) {
	f := saga.NewFlow(ServerRemoveVolumeKind, spec.flowOptions()...)
	plan := saga.Add(f, requestTask, plan.CheckAttachAction, saga.Value(plan.AttachQuery{Cloud: spec.Cloud, Server: spec.Server, Volume: spec.Volume, Detach: true}),
		saga.Summary("look up server and volume"))
	locked := lockVolume(f, spec.RunOptions, plan)
	pair := saga.From(plan, spec.pair)
	detached := saga.Add(f, "detach", attach.VolumeRemovalAction, pair, saga.After(locked), saga.Summary(spec.Volume+" from "+spec.Server))
	free := saga.Add(f, "detached", attach.WaitVolumeDetachedAction, pair, saga.After(detached), saga.Summary("wait until it is available"))
	return f, saga.From2(detached, free, func(a attach.Attachment, _ cinder.Volume) Attached {
		return Attached{Server: a.ServerID, Volume: a.VolumeID}
	})
}
