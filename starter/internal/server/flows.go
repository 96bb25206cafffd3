package server

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	createFlow    = change.NewFlow(workflows.ServerCreateName, workflows.ServerCreateKind, aboutServer)
	deleteFlow    = change.NewFlow(workflows.ServerDeleteName, workflows.ServerDeleteKind, change.AboutDeleted)
	powerFlow     = change.NewFlow(workflows.ServerPowerName, workflows.ServerPowerKind, aboutPowered)
	setFlow       = change.NewFlow(workflows.ServerSetName, workflows.ServerSetKind, aboutSet)
	resizeFlow    = change.NewFlow(workflows.ServerResizeName, workflows.ServerResizeKind, aboutResized)
	migrateFlow   = change.NewFlow(workflows.ServerMigrateName, workflows.ServerMigrateKind, aboutMigrated)
	rebuildFlow   = change.NewFlow(workflows.ServerRebuildName, workflows.ServerRebuildKind, aboutRebuilt)
	snapshotFlow  = change.NewFlow(workflows.ServerSnapshotName, workflows.ServerSnapshotKind, aboutSnapshot)
	addVolumeFlow = change.NewFlow(workflows.ServerAddVolumeName, workflows.ServerAddVolumeKind,
		aboutAttached("is attached to"))
	addPortFlow = change.NewFlow(workflows.ServerAddPortName, workflows.ServerAddPortKind,
		aboutAttached("is attached to"))
	removeVolumeFlow = change.NewFlow(workflows.ServerRemoveVolumeName, workflows.ServerRemoveVolumeKind,
		aboutAttached("is off"))
	removePortFlow = change.NewFlow(workflows.ServerRemovePortName, workflows.ServerRemovePortKind,
		aboutAttached("is off"))
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{
	createFlow, deleteFlow, powerFlow, setFlow,
	resizeFlow, migrateFlow, rebuildFlow, snapshotFlow,
	addVolumeFlow, addPortFlow, removeVolumeFlow, removePortFlow,
}
