package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/activities"
	"novaflow/saga"
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
	saga.Register(r, Flows()...)
}

// Flows are the flows of this package, each with an input that shows all it can
// do: to be drawn, and to be checked when a worker starts.
func Flows() []saga.Example {
	return []saga.Example{
		serverCreate.With(ServerSpec{
			Cloud: "devcloud", Name: "web-1", Image: "tiny", Flavor: "m1.nano",
			Ports: []PortSpec{{Network: "private"}}, BootVolume: 1, Volumes: []VolumeSpec{{Size: 1}},
			FloatingIP: "auto", Ingress: []Rule{{Protocol: "tcp", Port: 22}},
		}),
		serverDelete.With(activities.Owned{
			Server: activities.OwnedObject{Kind: activities.KindServer, Name: "web-1"},
			Objects: []activities.OwnedObject{
				{Kind: activities.KindFloatingIP, Name: "203.0.113.4"}, {Kind: activities.KindVolume, Name: "web-1-boot"},
				{Kind: activities.KindPort, Name: "web-1-port-0"}, {Kind: activities.KindSecurityGroup, Name: "web-1"},
			},
		}),
	}
}
