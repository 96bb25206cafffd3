package change

import (
	"novaflow/workflows/ownership"
)

// The flows that the commands of this noun start.
var (
	adoptFlow   = NewFlow(ownership.Adopt, aboutAdopted)
	releaseFlow = NewFlow(ownership.Release, aboutReleased)
)

// Flows lists them for the reports of runs.
var Flows = []Flow{adoptFlow, releaseFlow}
