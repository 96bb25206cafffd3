// Package runs reads what the engine and the audit store know about runs: which
// run a word names, how far it is, how it ended and why, who holds what. It also puts
// this into words and pictures, because a run must read the same for
// those who start it and for those who look at it later.
//
// It starts nothing. Of the starter it imports term and clouds.
package runs
