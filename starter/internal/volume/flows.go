package volume

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/volume"
)

// The flows that the commands of this noun start.
var (
	createFlow   = change.NewFlow(volume.Create, aboutVolume)
	extendFlow   = change.NewFlow(volume.Extend, aboutVolume)
	restoreFlow  = change.NewFlow(volume.Restore, aboutVolume)
	snapshotFlow = change.NewFlow(volume.Snapshot, aboutVolumeSnapshot)
	deleteFlow   = change.NewFlow(volume.Delete, change.AboutDeleted)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{
	createFlow, extendFlow, restoreFlow, snapshotFlow,
	deleteFlow,
}
