// Package audit exists so that it can be said of every resource, years later, who
// changed it, when, why, in which run, and what the cloud answered.
//
// While the engine retains a run, what the run did comes from the engine. A run
// that ends is also archived, as one [Record], into a [Store], which outlives the
// engine's retention: a SQLite file, or PostgreSQL. Nothing ever reads the store
// to decide anything; it is for people.
//
// An [Event] is one transition of a run or of a task. It has the id that the
// worker's log and the listeners of package saga have, and it is in a store once,
// however often and from however many workers it is written.
//
// A record has no inputs and no results of tasks, because a store has no codec
// that would encrypt what must not be read: only ids and names of resources, ids
// of requests, and the words of errors and of people.
package audit
