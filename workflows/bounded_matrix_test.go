//go:build !prove

package workflows_test

// Bounds of what is tried at every change. Build with the tag "prove" to try
// everything.
const (
	perTrouble = 3   // cases in each troubled world
	perClean   = 100 // cases in the clean one
	pairs      = 10  // cases with two mishaps
	perVerb    = 5   // cases of a small flow, of which there are many

	perBrought      = 30 // cases with user-supplied resources
	broughtTroubles = 5  // of the troubled worlds for them
)
