package main

import "novaflow/saga"

// branch is the place of one task in the drawing of a run.
type branch struct {
	entry int      // index in the ledger
	lead  string   // drawing before the task's own line
	rest  string   // drawing before further lines of the task
	also  []string // tasks it waited for that the drawing does not show
}

// layout draws the graph of tasks as the Web UI shows it: see saga's
// [saga.Ledger.Branches].
func layout(tasks []saga.Entry) []branch {
	var out []branch
	for _, b := range (&saga.Ledger{Tasks: tasks}).Branches() {
		out = append(out, branch{entry: b.Entry, lead: b.Lead, rest: b.Rest, also: b.Also})
	}
	return out
}
