//go:build prove

package workflows_test

// No bounds: every mishap at every task in every world.
const (
	perTrouble = 0
	perClean   = 0
	pairs      = 200
	perVerb    = 0

	perBrought      = 0
	broughtTroubles = 12
)
