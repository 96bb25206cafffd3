package network

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/network"
)

// The flows that the commands of this noun start.
var (
	createFlow = change.NewFlow(network.Create, change.AboutNetwork)
	deleteFlow = change.NewFlow(network.Delete, change.AboutDeleted)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{createFlow, deleteFlow}
