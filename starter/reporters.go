package main

// allReporters puts the results of all flows into words, by the names of their workflows.
func allReporters() map[string]reporter {
	all := map[string]reporter{}
	for _, flows := range [][]flow{
		serverFlows, hostFlows, networkFlows, verifyFlows, changeFlows, projectFlows, volumeFlows, imageFlows,
	} {
		for _, f := range flows {
			all[f.workflow] = f.report
		}
	}
	return all
}
