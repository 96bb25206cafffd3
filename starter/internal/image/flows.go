package image

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	publishFlow = change.NewFlow(workflows.ImagePublishName, workflows.ImagePublishKind, aboutImage)
	deleteFlow  = change.NewFlow(workflows.ImageDeleteName, workflows.ImageDeleteKind, change.AboutDeleted)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{publishFlow, deleteFlow}
