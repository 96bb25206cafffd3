package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	networkCreateFlow = change.NewFlow(workflows.NetworkCreateName, workflows.NetworkCreateKind, change.AboutNetwork)
	networkDeleteFlow = change.NewFlow(workflows.NetworkDeleteName, workflows.NetworkDeleteKind, change.AboutDeleted)
)

// networkFlows lists them for the reports of runs.
var networkFlows = []change.Flow{networkCreateFlow, networkDeleteFlow}
