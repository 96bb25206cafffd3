// Package engine runs a compiled flow in a workflow: forward, back, or to where an
// operator ends it. It stands behind package saga so that users can read saga without it,
// and so that it can change without a change for them.
//
// The loop of a run and the callbacks of its selector change the run. The handler of an
// update applies its request between two steps of the loop, never blocks, and wakes the
// loop. Nothing here knows what the activities do.
//
// It may import packages draw, graph and ledger and nothing else of this module.
package engine
