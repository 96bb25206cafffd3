package main

import "novaflow/workflows"

// hostDrainFlow is the flow that these commands start.
var hostDrainFlow = newFlow(workflows.HostDrainName, workflows.HostDrainKind, aboutDrained)

// hostFlows lists them for the reports of runs.
var hostFlows = []flow{hostDrainFlow}
