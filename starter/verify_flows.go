package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// residueDeleteFlow is the flow that these commands start.
var residueDeleteFlow = change.NewFlow(workflows.ResidueDeleteName, workflows.ResidueDeleteKind, change.AboutDeleted)

// verifyFlows lists them for the reports of runs.
var verifyFlows = []change.Flow{residueDeleteFlow}
