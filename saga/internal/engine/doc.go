// Package engine runs a compiled flow in a workflow: forward, back, or to where an
// operator ends it. It stands behind package saga so that what users write with can be
// read without it, and so that it can be rebuilt without them.
//
// One coroutine changes a run: its loop, and the callbacks of its selector. The handlers
// of updates and signals only leave a note for it. Nothing here knows what the activities
// do.
//
// It may import packages draw, graph and ledger and nothing else of this module.
package engine
