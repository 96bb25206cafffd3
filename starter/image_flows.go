package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	imagePublishFlow = change.NewFlow(workflows.ImagePublishName, workflows.ImagePublishKind, aboutImage)
	imageDeleteFlow  = change.NewFlow(workflows.ImageDeleteName, workflows.ImageDeleteKind, change.AboutDeleted)
)

// imageFlows lists them for the reports of runs.
var imageFlows = []change.Flow{imagePublishFlow, imageDeleteFlow}
