// Package saga exists so that a change to the outside world either happens
// whole or leaves nothing behind, whatever fails, is cancelled or is killed on
// the way.
//
// The nouns, and what each guarantees:
//
//   - An [Action] is an activity paired with its undo. There is no action
//     without an undo or a written reason why it needs none.
//   - A [Flow] is a set of named tasks, each an action with its input. A task
//     takes what it needs from the tasks before it through typed [Ref] values,
//     so a flow that uses what nothing provides does not compile, and a flow
//     cannot have a cycle.
//   - A run is one execution of a flow inside one Temporal workflow, started by
//     [Run]. Tasks whose inputs are ready run in parallel. When one fails, when
//     the workflow is cancelled or when the deadline passes, everything that
//     was begun is undone in reverse order of dependency.
//   - An [Intent] is what history says before the effect: task, mark, input and
//     the name of the undo. Undoing is driven by this record, not by code.
//   - A [Mark] is the identity that a task writes into the thing it makes, in
//     the request that makes it. It can be derived without the answer.
//   - The [Ledger] is the record of a run, readable at any time by the query
//     [LedgerQuery].
//
// The outcome of a run is COMMITTED or REVERTED. STUCK is no outcome: it says
// that an undo keeps failing and a person should look; the run keeps trying and
// leaves STUCK by itself when the undo succeeds.
//
// A run ends early only in ways it can answer: use workflow cancellation or
// [Deadline], never workflow timeouts, because an engine that times a workflow
// out does not let it undo anything.
//
// Inputs and results are kept in the ledger as JSON, so their types must
// survive a round trip through encoding/json.
package saga
