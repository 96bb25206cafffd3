package main

import (
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/host"
	"novaflow/starter/internal/image"
	"novaflow/starter/internal/network"
	"novaflow/starter/internal/project"
	"novaflow/starter/internal/runs"
	"novaflow/starter/internal/server"
	"novaflow/starter/internal/verify"
	"novaflow/starter/internal/volume"
)

// allReporters puts the results of all flows into words, by the names of their workflows.
func allReporters() map[string]runs.Reporter {
	all := map[string]runs.Reporter{}
	for _, flows := range [][]change.Flow{
		server.Flows, host.Flows, network.Flows, verify.Flows, change.Flows, project.Flows, volume.Flows, image.Flows,
	} {
		for _, f := range flows {
			all[f.Workflow] = f.Report
		}
	}
	return all
}
