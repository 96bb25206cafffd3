package main

import "novaflow/workflows"

// The flows that the commands of this noun start.
var (
	imagePublishFlow = newFlow(workflows.ImagePublishName, workflows.ImagePublishKind, aboutImage)
	imageDeleteFlow  = newFlow(workflows.ImageDeleteName, workflows.ImageDeleteKind, aboutDeleted)
)

// imageFlows lists them for the reports of runs.
var imageFlows = []flow{imagePublishFlow, imageDeleteFlow}
