package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// hostDrainFlow is the flow that these commands start.
var hostDrainFlow = change.NewFlow(workflows.HostDrainName, workflows.HostDrainKind, aboutDrained)

// hostFlows lists them for the reports of runs.
var hostFlows = []change.Flow{hostDrainFlow}
