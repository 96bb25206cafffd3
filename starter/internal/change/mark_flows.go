package change

import (
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	adoptFlow   = NewFlow(workflows.AdoptName, workflows.AdoptKind, aboutAdopted)
	releaseFlow = NewFlow(workflows.ReleaseName, workflows.ReleaseKind, aboutReleased)
)

// Flows lists them for the reports of runs.
var Flows = []Flow{adoptFlow, releaseFlow}
