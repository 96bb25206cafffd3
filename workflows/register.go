package workflows

import (
	"go.temporal.io/sdk/worker"

	"novaflow/saga"
	"novaflow/workflows/host"
	"novaflow/workflows/image"
	"novaflow/workflows/network"
	"novaflow/workflows/ownership"
	"novaflow/workflows/project"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

// TaskQueue is where workflows and activities meet their workers, unless the worker and
// the command are given another one.
const TaskQueue = "novaflow"

// All returns all flows. Each has the name of its workflow, its kind, its request and an
// example.
func All() []spec.AnyFlow {
	return []spec.AnyFlow{
		server.Create,
		server.Delete,
		server.Power,
		server.Set,
		server.Resize,
		server.Migrate,
		server.Rebuild,
		host.Drain,
		server.Snapshot,
		network.Create,
		network.Delete,
		volume.Create,
		volume.Delete,
		volume.Extend,
		volume.Snapshot,
		volume.Restore,
		server.AddVolume,
		server.RemoveVolume,
		server.AddPort,
		server.RemovePort,
		project.Bootstrap,
		project.Purge,
		image.Publish,
		image.Delete,
		ownership.Adopt,
		ownership.Release,
		ownership.DeleteResidue,
	}
}

// Register registers the workflows of all flows, and what saga needs beside them.
func Register(r worker.WorkflowRegistry) {
	for _, flow := range All() {
		flow.Register(r)
	}
	saga.Register(r, Flows()...)
}

// Flows returns all flows with their examples: to be drawn, and to be checked when a
// worker starts.
func Flows() (examples []saga.Example) {
	for _, flow := range All() {
		examples = append(examples, flow.ToExample())
	}
	return examples
}
