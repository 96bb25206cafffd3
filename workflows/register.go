package workflows

import (
	"go.temporal.io/sdk/worker"

	"novaflow/saga"
)

// TaskQueue is where workflows and activities meet their workers, unless the
// worker and the starter are told another one.
const TaskQueue = "novaflow"

// All returns the flows of this package.
func All() []AnyFlow {
	return []AnyFlow{
		ServerCreate,
		ServerDelete,
		ServerPower,
		ServerSet,
		ServerResize,
		ServerMigrate,
		ServerRebuild,
		HostDrain,
		ServerSnapshot,
		NetworkCreate,
		NetworkDelete,
		VolumeCreate,
		VolumeDelete,
		VolumeExtend,
		VolumeSnapshot,
		VolumeRestore,
		ServerAddVolume,
		ServerRemoveVolume,
		ServerAddPort,
		ServerRemovePort,
		ProjectBootstrap,
		ProjectPurge,
		ImagePublish,
		ImageDelete,
		Adopt,
		Release,
		ResidueDelete,
	}
}

// Register registers all workflows of this package.
func Register(r worker.WorkflowRegistry) {
	for _, flow := range All() {
		flow.Register(r)
	}
	saga.Register(r, Flows()...)
}

// Flows returns all flows with their examples: to be drawn, and to be checked when a worker
// starts.
func Flows() (examples []saga.Example) {
	for _, flow := range All() {
		examples = append(examples, flow.ToExample())
	}
	return examples
}
