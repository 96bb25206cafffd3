package engine

import "go.temporal.io/sdk/workflow"

// changes lists what runs have done in another way since the first version that was
// released. The name of a change stands in histories. Its text says what was different
// before. A run that began before a change goes on without it.
//
// To change what a run does: add a line here, ask hasChange where the ways part, and keep
// the old way for as long as runs that began on it are kept.
var changes = map[string]string{}

// hasChange reports whether a run goes the new way. It asks once and then remembers, so
// ask where the ways part and not before.
func hasChange(ctx workflow.Context, table map[string]string, name string) bool {
	if _, known := table[name]; !known {
		panic("saga: " + name + " is not in the table of changes")
	}
	return workflow.GetVersion(ctx, "novaflow-"+name, workflow.DefaultVersion, 1) == 1
}
