package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	projectBootstrapFlow = change.NewFlow(workflows.ProjectBootstrapName, workflows.ProjectBootstrapKind, aboutProject)
	projectPurgeFlow     = change.NewFlow(workflows.ProjectPurgeName, workflows.ProjectPurgeKind, aboutPurged)
)

// projectFlows lists them for the reports of runs.
var projectFlows = []change.Flow{projectBootstrapFlow, projectPurgeFlow}
