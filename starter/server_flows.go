package main

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows"
)

// The flows that the commands of this noun start.
var (
	serverCreateFlow       = change.NewFlow(workflows.ServerCreateName, workflows.ServerCreateKind, aboutServer)
	serverDeleteFlow       = change.NewFlow(workflows.ServerDeleteName, workflows.ServerDeleteKind, change.AboutDeleted)
	serverPowerFlow        = change.NewFlow(workflows.ServerPowerName, workflows.ServerPowerKind, aboutPowered)
	serverSetFlow          = change.NewFlow(workflows.ServerSetName, workflows.ServerSetKind, aboutSet)
	serverResizeFlow       = change.NewFlow(workflows.ServerResizeName, workflows.ServerResizeKind, aboutResized)
	serverMigrateFlow      = change.NewFlow(workflows.ServerMigrateName, workflows.ServerMigrateKind, aboutMigrated)
	serverRebuildFlow      = change.NewFlow(workflows.ServerRebuildName, workflows.ServerRebuildKind, aboutRebuilt)
	serverSnapshotFlow     = change.NewFlow(workflows.ServerSnapshotName, workflows.ServerSnapshotKind, aboutSnapshot)
	serverAddVolumeFlow    = change.NewFlow(workflows.ServerAddVolumeName, workflows.ServerAddVolumeKind, aboutAttached("is attached to"))
	serverAddPortFlow      = change.NewFlow(workflows.ServerAddPortName, workflows.ServerAddPortKind, aboutAttached("is attached to"))
	serverRemoveVolumeFlow = change.NewFlow(workflows.ServerRemoveVolumeName, workflows.ServerRemoveVolumeKind, aboutAttached("is off"))
	serverRemovePortFlow   = change.NewFlow(workflows.ServerRemovePortName, workflows.ServerRemovePortKind, aboutAttached("is off"))
)

// serverFlows lists them for the reports of runs.
var serverFlows = []change.Flow{
	serverCreateFlow, serverDeleteFlow, serverPowerFlow, serverSetFlow,
	serverResizeFlow, serverMigrateFlow, serverRebuildFlow, serverSnapshotFlow,
	serverAddVolumeFlow, serverAddPortFlow, serverRemoveVolumeFlow, serverRemovePortFlow,
}
