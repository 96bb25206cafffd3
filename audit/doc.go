// Package audit exists to answer for every resource, years later, who changed it, when,
// why, in which run, and what the cloud answered. It imports saga and no other package of
// novaflow: it knows no OpenStack.
//
// While the engine retains a run, what the run did comes from the engine. A run that ends
// is also archived, as one [Record], into a [Store], which outlives the engine's
// retention: a SQLite file, or PostgreSQL. No code reads the store to decide anything. It
// is for people.
//
// An [Event] is one transition of a run or of a task. It has the same id as in the
// worker's log and for the listeners of package saga. A store has it once, no matter how
// often and from how many workers it is written.
//
// A record has no inputs and no results of tasks. They may be secret, and a store has no
// codec that would encrypt them. It has ids and names of resources, request ids, and the
// words of errors and of people.
package audit
