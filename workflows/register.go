package workflows

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
