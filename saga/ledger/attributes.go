package ledger

import "go.temporal.io/sdk/temporal"

// Search attributes that every run sets. Register them in the namespace before
// the first run: novaflow-worker does, and docs/operating.md says how to by hand.
var (
	AttributeKind    = temporal.NewSearchAttributeKeyKeyword("NovaflowKind")    // name of the flow
	AttributeOutcome = temporal.NewSearchAttributeKeyKeyword("NovaflowOutcome") // a RunState
	AttributeProject = temporal.NewSearchAttributeKeyKeyword("NovaflowProject") // set by who starts the run
	// ids of what the run created, changed or deleted
	AttributeResources = temporal.NewSearchAttributeKeyKeywordList("NovaflowResources")
)

// DetailsLimit is what the engine accepts as current details, less some reserve.
const DetailsLimit = 19_000
