package main

import "novaflow/workflows"

// The flows that the commands of this noun start.
var (
	serverCreateFlow       = newFlow(workflows.ServerCreateName, workflows.ServerCreateKind, aboutServer)
	serverDeleteFlow       = newFlow(workflows.ServerDeleteName, workflows.ServerDeleteKind, aboutDeleted)
	serverPowerFlow        = newFlow(workflows.ServerPowerName, workflows.ServerPowerKind, aboutPowered)
	serverSetFlow          = newFlow(workflows.ServerSetName, workflows.ServerSetKind, aboutSet)
	serverResizeFlow       = newFlow(workflows.ServerResizeName, workflows.ServerResizeKind, aboutResized)
	serverMigrateFlow      = newFlow(workflows.ServerMigrateName, workflows.ServerMigrateKind, aboutMigrated)
	serverRebuildFlow      = newFlow(workflows.ServerRebuildName, workflows.ServerRebuildKind, aboutRebuilt)
	serverSnapshotFlow     = newFlow(workflows.ServerSnapshotName, workflows.ServerSnapshotKind, aboutSnapshot)
	serverAddVolumeFlow    = newFlow(workflows.ServerAddVolumeName, workflows.ServerAddVolumeKind, aboutAttached("is attached to"))
	serverAddPortFlow      = newFlow(workflows.ServerAddPortName, workflows.ServerAddPortKind, aboutAttached("is attached to"))
	serverRemoveVolumeFlow = newFlow(workflows.ServerRemoveVolumeName, workflows.ServerRemoveVolumeKind, aboutAttached("is off"))
	serverRemovePortFlow   = newFlow(workflows.ServerRemovePortName, workflows.ServerRemovePortKind, aboutAttached("is off"))
)

// serverFlows lists them for the reports of runs.
var serverFlows = []flow{
	serverCreateFlow, serverDeleteFlow, serverPowerFlow, serverSetFlow,
	serverResizeFlow, serverMigrateFlow, serverRebuildFlow, serverSnapshotFlow,
	serverAddVolumeFlow, serverAddPortFlow, serverRemoveVolumeFlow, serverRemovePortFlow,
}
