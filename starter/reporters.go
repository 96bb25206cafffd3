package main

import (
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/runs"
)

// allReporters puts the results of all flows into words, by the names of their workflows.
func allReporters() map[string]runs.Reporter {
	all := map[string]runs.Reporter{}
	for _, flows := range [][]change.Flow{
		serverFlows, hostFlows, networkFlows, verifyFlows, change.Flows, projectFlows, volumeFlows, imageFlows,
	} {
		for _, f := range flows {
			all[f.Workflow] = f.Report
		}
	}
	return all
}
