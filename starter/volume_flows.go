package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	volumeCreateFlow   = change.NewFlow(workflows.VolumeCreateName, workflows.VolumeCreateKind, aboutVolume)
	volumeExtendFlow   = change.NewFlow(workflows.VolumeExtendName, workflows.VolumeExtendKind, aboutVolume)
	volumeRestoreFlow  = change.NewFlow(workflows.VolumeRestoreName, workflows.VolumeRestoreKind, aboutVolume)
	volumeSnapshotFlow = change.NewFlow(workflows.VolumeSnapshotName, workflows.VolumeSnapshotKind, aboutVolumeSnapshot)
	volumeDeleteFlow   = change.NewFlow(workflows.VolumeDeleteName, workflows.VolumeDeleteKind, change.AboutDeleted)
)

// volumeFlows lists them for the reports of runs.
var volumeFlows = []change.Flow{
	volumeCreateFlow, volumeExtendFlow, volumeRestoreFlow, volumeSnapshotFlow,
	volumeDeleteFlow,
}
