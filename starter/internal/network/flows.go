package network

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	createFlow = change.NewFlow(workflows.NetworkCreateName, workflows.NetworkCreateKind, change.AboutNetwork)
	deleteFlow = change.NewFlow(workflows.NetworkDeleteName, workflows.NetworkDeleteKind, change.AboutDeleted)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{createFlow, deleteFlow}
