package verify

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/ownership"
)

// deleteFlow is the flow that these commands start.
var deleteFlow = change.NewFlow(ownership.DeleteResidue, change.AboutDeleted)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{deleteFlow}
