package project

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/project"
)

// The flows that the commands of this noun start.
var (
	bootstrapFlow = change.NewFlow(project.Bootstrap, aboutProject)
	purgeFlow     = change.NewFlow(project.Purge, aboutPurged)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{bootstrapFlow, purgeFlow}
