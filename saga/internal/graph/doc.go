// Package graph is a flow compiled: tasks with what they wait for, scopes, and the
// functions of the flow's author with their types erased. Package saga builds a graph and
// checks it; package engine runs it and package draw draws it, so that neither knows how
// flows are written. A graph that runs is immutable: child workflows share it.
//
// It may import package ledger and nothing else of this module.
package graph
