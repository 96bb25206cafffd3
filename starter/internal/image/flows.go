package image

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/image"
)

// The flows that the commands of this noun start.
var (
	publishFlow = change.NewFlow(image.Publish, aboutImage)
	deleteFlow  = change.NewFlow(image.Delete, change.AboutDeleted)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{publishFlow, deleteFlow}
