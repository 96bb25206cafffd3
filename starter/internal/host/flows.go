package host

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/host"
)

// drainFlow is the flow that these commands start.
var drainFlow = change.NewFlow(host.Drain, aboutDrained)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{drainFlow}
