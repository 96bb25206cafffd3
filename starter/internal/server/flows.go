package server

import (
	"novaflow/starter/internal/change"
	"novaflow/workflows/server"
)

// The flows that the commands of this noun start.
var (
	createFlow       = change.NewFlow(server.Create, aboutServer)
	deleteFlow       = change.NewFlow(server.Delete, change.AboutDeleted)
	powerFlow        = change.NewFlow(server.Power, aboutPowered)
	setFlow          = change.NewFlow(server.Set, aboutSet)
	resizeFlow       = change.NewFlow(server.Resize, aboutResized)
	migrateFlow      = change.NewFlow(server.Migrate, aboutMigrated)
	rebuildFlow      = change.NewFlow(server.Rebuild, aboutRebuilt)
	snapshotFlow     = change.NewFlow(server.Snapshot, aboutSnapshot)
	addVolumeFlow    = change.NewFlow(server.AddVolume, aboutAttached("is attached to"))
	addPortFlow      = change.NewFlow(server.AddPort, aboutAttached("is attached to"))
	removeVolumeFlow = change.NewFlow(server.RemoveVolume, aboutAttached("is off"))
	removePortFlow   = change.NewFlow(server.RemovePort, aboutAttached("is off"))
)

// Flows lists them for the reports of runs.
var Flows = []change.Flow{
	createFlow, deleteFlow, powerFlow, setFlow,
	resizeFlow, migrateFlow, rebuildFlow, snapshotFlow,
	addVolumeFlow, addPortFlow, removeVolumeFlow, removePortFlow,
}
