// Package ledger keeps what stands in histories in one place: the record of a run, the
// states that it goes through, the marks of its effects, the arguments of its activities
// and the names of its queries, signals, workflows and search attributes. A name or a
// JSON field that changes here makes recorded runs unreadable.
//
// It also answers what follows from a record alone: what is left to undo, whether a run
// can still be reverted, and how the run looks as a tree of text.
//
// It imports the engine's SDK and no other package of this module. Package saga has
// aliases of what users write with.
package ledger
