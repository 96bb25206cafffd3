package main

import "novaflow/workflows"

// The flows that the commands of this noun start.
var (
	networkCreateFlow = newFlow(workflows.NetworkCreateName, workflows.NetworkCreateKind, aboutNetwork)
	networkDeleteFlow = newFlow(workflows.NetworkDeleteName, workflows.NetworkDeleteKind, aboutDeleted)
)

// networkFlows lists them for the reports of runs.
var networkFlows = []flow{networkCreateFlow, networkDeleteFlow}
