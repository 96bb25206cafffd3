package host

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// drainFlow is the flow that these commands start.
var drainFlow = change.NewFlow(workflows.HostDrainName, workflows.HostDrainKind, aboutDrained)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{drainFlow}
