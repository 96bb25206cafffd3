package engine

// dynamicConfig has the settings of server/dynamicconfig.yaml as arguments, with values
// in JSON. A temporal CLI from the PATH does not read that file, and a package cannot
// embed a file of another module. A test keeps the two the same.
var dynamicConfig = [][2]string{
	{"history.transferProcessorMaxPollRPS", "2000"},
	{"history.timerProcessorMaxPollRPS", "2000"},
	{"history.visibilityProcessorMaxPollRPS", "2000"},
	{"history.outboundProcessorMaxPollRPS", "2000"},
	{"history.timerProcessorMaxTimeShift", `"10ms"`},
	{"matching.numTaskqueueReadPartitions", "1"},
	{"matching.numTaskqueueWritePartitions", "1"},
	{"frontend.namespaceRPS.visibility", "100"},
	{"frontend.enableServerVersionCheck", "false"},
}

// Tuning returns the arguments that tune "temporal server start-dev" for work that
// users wait for. With file they also make a database on disk durable at each
// commit. Our own engine is tuned without them, and the temporal CLI is not: pass them
// as testsuite.DevServerOptions.ExtraArgs beside Binary.
func Tuning(file bool) []string {
	var args []string
	for _, c := range dynamicConfig {
		args = append(args, "--dynamic-config-value", c[0]+"="+c[1])
	}
	if file {
		args = append(args, "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=2")
	}
	return args
}
