// Package history looks at runs from outside: it rebuilds the ledger of a run from
// histories, for runs that cannot answer queries any more, and it reads how far a run is
// from what the engine knows about its activities. None of it is part of a workflow.
//
// It may import packages graph and ledger and nothing else of this module.
package history
