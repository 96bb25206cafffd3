package main

import "novaflow/workflows"

// The flows that the commands of this noun start.
var (
	volumeCreateFlow   = newFlow(workflows.VolumeCreateName, workflows.VolumeCreateKind, aboutVolume)
	volumeExtendFlow   = newFlow(workflows.VolumeExtendName, workflows.VolumeExtendKind, aboutVolume)
	volumeRestoreFlow  = newFlow(workflows.VolumeRestoreName, workflows.VolumeRestoreKind, aboutVolume)
	volumeSnapshotFlow = newFlow(workflows.VolumeSnapshotName, workflows.VolumeSnapshotKind, aboutVolumeSnapshot)
	volumeDeleteFlow   = newFlow(workflows.VolumeDeleteName, workflows.VolumeDeleteKind, aboutDeleted)
)

// volumeFlows lists them for the reports of runs.
var volumeFlows = []flow{
	volumeCreateFlow, volumeExtendFlow, volumeRestoreFlow, volumeSnapshotFlow,
	volumeDeleteFlow,
}
