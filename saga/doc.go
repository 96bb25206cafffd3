// Package saga exists so that a change to the outside world either happens
// whole or leaves nothing behind, whatever fails, is cancelled or is killed on
// the way.
//
// # A flow
//
// An [Action] is an activity paired with its undo; there is none without an undo
// or the written reason why it needs none. A [Flow] is a set of named tasks,
// each an action with its input. A task takes what it needs from the tasks
// before it through typed [Ref] values, so a flow that uses what nothing
// provides does not compile, and a flow cannot have a cycle:
//
//	f := saga.NewFlow("server-create")
//	port := saga.Add(f, "port", createPort, saga.Value(PortSpec{Network: "private"}))
//	spec := saga.From(port, func(p Port) ServerSpec {
//		return ServerSpec{Ports: []string{p.ID}}
//	})
//	server := saga.Add(f, "server", createServer, spec)
//	return saga.Run(ctx, f, server)
//
// Tasks whose inputs are ready run in parallel. [After] orders tasks without
// data, [Collect] gathers the results of a loop, [When] skips a task and
// [Optional] says that a result may be missing for that. Mistakes are reported
// all together when the flow is run, or before that: see [Define] and [Check].
//
// # A run
//
// A run is one execution of a flow inside one Temporal workflow, started by
// [Run] or by [Definition.Run]. When a task fails, when the workflow is
// cancelled or when the [Deadline] passes, everything that was begun is undone
// in reverse order of dependency, the failed task included: it may have had its
// effect all the same. An undo is tried again without limit, and independent
// undos go on meanwhile.
//
// The outcome of a run is COMMITTED, REVERTED, or STOPPED if an operator ended it
// where it was; see [RunState]. STUCK is not an outcome: it says that an undo keeps
// failing and that the run needs a decision. The run keeps trying, and leaves STUCK by
// itself when the undo succeeds.
//
// A run ends early only in ways it can answer: use workflow cancellation or
// [Deadline], never workflow timeouts, because an engine that times a workflow
// out does not let it undo anything.
//
// # What makes undo possible
//
// An [Intent] is what history says before the effect: task, mark, input and the
// name of the undo. Undoing is driven by this record, not by code. A [Mark] is
// the identity that a task writes into the resource it creates, in the request that
// creates it. It can be derived without the answer, so that a resource is found even if
// the answer was lost. From this follows the contract of activities, see [Do] and
// [Effect.UndoneBy]: find by the mark, else create; and make sure that what carries
// the mark is absent.
//
// The [Ledger] is the record of a run, readable at any time by the query
// [LedgerQuery].
//
// # Scopes
//
// A flow can hold flows: [Flow.Scope]. To tasks outside, a scope is whole. It
// can have a policy of its own: [Retrying] undoes it and tries it again with new
// marks, [ForEach] does so with the next alternative, [WhenScope] skips it,
// [MaxConcurrent] bounds how many of its tasks run at once, [AwaitSiblings] lets running
// tasks finish when one fails, [UndoneTogether] undoes it by one operation, and
// [AsChild] gives it a history of its own. A scope that gives up asks the scope
// around; if none tries again, all of the run is undone.
//
// [Pivot] and [ForwardOnly] are for what cannot be undone: a run past its point
// of no return only goes forward.
//
// # Locks
//
// The id of the workflow is the first lock of a run: let it name what the run
// changes. [Lock] takes further ones, which end with the run.
//
// # Operators
//
// Operators pause, retry, skip, revert and abandon by a [Verb], an update or a signal
// with a [Request], also from the temporal CLI. [FailurePolicy] lets failures wait for
// their decision.
//
// # Extension
//
// [Listen] gives every transition to a function. [Customize] changes flows of other
// packages, by the names of their tasks; [CheckCustomized] looks at the result
// when a worker starts. Both are interceptors of a worker. [ArchivedBy] hands the
// record of a run to an activity when its outcome is decided. [ReadProgress] says
// how far a run is.
//
// Inputs and results are kept in the ledger as JSON, so their types must
// survive a round trip through encoding/json. Package sagatest, beside this one,
// proves that a flow leaves nothing behind.
//
// # Packages
//
// Package ledger has the record of a run; this package has aliases of it. What runs,
// draws and reads flows stands behind this package, in internal. Package saga may import
// all of these and nothing else of this module: it knows nothing of what activities do.
package saga
