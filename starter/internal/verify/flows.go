package verify

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// deleteFlow is the flow that these commands start.
var deleteFlow = change.NewFlow(workflows.ResidueDeleteName, workflows.ResidueDeleteKind, change.AboutDeleted)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{deleteFlow}
