// Package inventory exists because some questions concern all services at once: what a
// run has created, what carries a mark and belongs to no run any more, and what is in a
// project. It adopts, releases, removes and purges what it finds.
//
// It may import all other packages of activities but the root.
package inventory
