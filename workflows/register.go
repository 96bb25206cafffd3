package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// TaskQueue is where workflows and activities meet their workers, unless the
// worker and the starter are told another one.
const TaskQueue = "novaflow"

// Names under which the workflows are registered.
const (
	ServerCreateName = "ServerCreate"
	ServerDeleteName = "ServerDelete"
)

// Names of the flows, as the search attribute NovaflowKind has them.
const (
	ServerCreateKind = "server-create"
	ServerDeleteKind = "server-delete"
)

// Register registers all workflows of this package.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(ServerCreate, workflow.RegisterOptions{Name: ServerCreateName})
	r.RegisterWorkflowWithOptions(ServerDelete, workflow.RegisterOptions{Name: ServerDeleteName})
}
