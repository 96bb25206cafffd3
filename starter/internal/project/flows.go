package project

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	bootstrapFlow = change.NewFlow(workflows.ProjectBootstrapName, workflows.ProjectBootstrapKind, aboutProject)
	purgeFlow     = change.NewFlow(workflows.ProjectPurgeName, workflows.ProjectPurgeKind, aboutPurged)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{bootstrapFlow, purgeFlow}
