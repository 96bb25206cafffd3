package volume

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	createFlow   = change.NewFlow(workflows.VolumeCreateName, workflows.VolumeCreateKind, aboutVolume)
	extendFlow   = change.NewFlow(workflows.VolumeExtendName, workflows.VolumeExtendKind, aboutVolume)
	restoreFlow  = change.NewFlow(workflows.VolumeRestoreName, workflows.VolumeRestoreKind, aboutVolume)
	snapshotFlow = change.NewFlow(workflows.VolumeSnapshotName, workflows.VolumeSnapshotKind, aboutVolumeSnapshot)
	deleteFlow   = change.NewFlow(workflows.VolumeDeleteName, workflows.VolumeDeleteKind, change.AboutDeleted)
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{
	createFlow, extendFlow, restoreFlow, snapshotFlow,
	deleteFlow,
}
