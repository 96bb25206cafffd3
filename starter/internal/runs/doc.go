// Package runs tells commands what the engine and the audit store know about runs: which
// run a word names, how far it is, how it ended and why, who holds what. It also puts
// this into words and pictures, as a run must be told alike by whoever starts it and by
// whoever looks at it later.
//
// It starts nothing. Of the starter it imports term and clouds.
package runs
