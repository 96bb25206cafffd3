// Package attributes registers the search attributes that runs set, so that a worker
// does not start before the engine knows them. It stands apart from the engine of flows
// because it talks to a namespace from outside of any workflow.
//
// It may import package ledger and nothing else of this module.
package attributes
