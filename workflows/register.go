package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga"
)

// TaskQueue is where workflows and activities meet their workers, unless the
// worker and the starter are told another one.
const TaskQueue = "novaflow"

// registered is a workflow with an example of what its flow can do.
type registered struct {
	name     string // under which the workflow is registered
	workflow any
	example  saga.Example
}

// all are the workflows of this package, one line each.
var all = []registered{
	{ServerCreateName, ServerCreate, serverCreate.With(serverCreateExample)},
	{ServerDeleteName, ServerDelete, serverDelete.With(serverDeleteExample)},
	{ServerPowerName, ServerPower, serverPower.With(serverPowerExample)},
	{ServerSetName, ServerSet, serverSet.With(serverSetExample)},
	{ServerResizeName, ServerResize, serverResize.With(serverResizeExample)},
	{ServerMigrateName, ServerMigrate, serverMigrate.With(serverMigrateExample)},
	{ServerRebuildName, ServerRebuild, serverRebuild.With(serverRebuildExample)},
	{HostDrainName, HostDrain, hostDrain.With(hostDrainExample)},
	{ServerSnapshotName, ServerSnapshot, serverSnapshot.With(serverSnapshotExample)},
	{NetworkCreateName, NetworkCreate, networkCreate.With(networkCreateExample)},
	{NetworkDeleteName, NetworkDelete, networkDelete.With(networkDeleteExample)},
	{VolumeCreateName, VolumeCreate, volumeCreate.With(volumeCreateExample)},
	{VolumeDeleteName, VolumeDelete, volumeDelete.With(volumeDeleteExample)},
	{VolumeExtendName, VolumeExtend, volumeExtend.With(volumeExtendExample)},
	{VolumeSnapshotName, VolumeSnapshot, volumeSnapshot.With(volumeSnapshotExample)},
	{VolumeRestoreName, VolumeRestore, volumeRestore.With(volumeRestoreExample)},
	{ServerAddVolumeName, ServerAddVolume, serverAddVolume.With(attachVolumeExample)},
	{ServerRemoveVolumeName, ServerRemoveVolume, serverRemoveVolume.With(attachVolumeExample)},
	{ServerAddPortName, ServerAddPort, serverAddPort.With(serverAddPortExample)},
	{ServerRemovePortName, ServerRemovePort, serverRemovePort.With(serverRemovePortExample)},
	{ProjectBootstrapName, ProjectBootstrap, projectBootstrap.With(projectBootstrapExample)},
	{ProjectPurgeName, ProjectPurge, projectPurge.With(projectPurgeExample)},
	{ImagePublishName, ImagePublish, imagePublish.With(imagePublishExample)},
	{ImageDeleteName, ImageDelete, imageDelete.With(imageDeleteExample)},
	{AdoptName, Adopt, adopt.With(adoptExample)},
	{ReleaseName, Release, release.With(releaseExample)},
	{ResidueDeleteName, ResidueDelete, residueDelete.With(residueDeleteExample)},
}

// Register registers all workflows of this package.
func Register(r worker.WorkflowRegistry) {
	for _, w := range all {
		r.RegisterWorkflowWithOptions(w.workflow, workflow.RegisterOptions{Name: w.name})
	}
	saga.Register(r, Flows()...)
}

// Flows are the flows of this package, each with an input that shows all it can
// do: to be drawn, and to be checked when a worker starts.
func Flows() (examples []saga.Example) {
	for _, w := range all {
		examples = append(examples, w.example)
	}
	return examples
}

// Names are the names under which the workflows of this package are registered, in
// the order of [Flows].
func Names() (names []string) {
	for _, w := range all {
		names = append(names, w.name)
	}
	return names
}
