package main

import "novaflow/workflows"

// The flows that the commands of this noun start.
var (
	adoptFlow   = newFlow(workflows.AdoptName, workflows.AdoptKind, aboutAdopted)
	releaseFlow = newFlow(workflows.ReleaseName, workflows.ReleaseKind, aboutReleased)
)

// changeFlows lists them for the reports of runs.
var changeFlows = []flow{adoptFlow, releaseFlow}
