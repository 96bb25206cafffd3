package main

import "novaflow/workflows"

// The flows that the commands of this noun start.
var (
	projectBootstrapFlow = newFlow(workflows.ProjectBootstrapName, workflows.ProjectBootstrapKind, aboutProject)
	projectPurgeFlow     = newFlow(workflows.ProjectPurgeName, workflows.ProjectPurgeKind, aboutPurged)
)

// projectFlows lists them for the reports of runs.
var projectFlows = []flow{projectBootstrapFlow, projectPurgeFlow}
