package saga

import (
	"novaflow/saga/internal/engine"
	"novaflow/saga/ledger"
)

// Lock adds a task that takes locks, one after the other in the order given. Each
// is a workflow id under which other runs would change the same resource. The run
// holds them until it has ended, whichever way: through pauses, while it is STUCK
// and for all of its undo. They end with the run even if nobody releases them, as
// when it is terminated. Whatever needs the locks must come [After] the ref,
// which is to the ids.
//
// A task that finds a lock taken waits for [DefaultLockWait], or for the Timeout
// that [RunWith] gives, and then fails with an error of type [ErrTypeLocked]. So
// runs that hold what others wait for do not wait for ever. Give the ids in one
// fixed order, with those of the runs themselves first, and they do not even
// refuse each other in turn.
//
// A run that has lost its locks, because it was reset or the lock was ended,
// does nothing more until it has taken them again.
func Lock(f *Flow, name string, ids Ref[[]string], options ...TaskOption) Ref[[]string] {
	a := Action[[]string, []string]{do: LockName, noUndo: "the lock lasts until the run has ended"}
	lock := Add(f, name, a, ids, options...)
	f.root.graph.Tasks[lock.needs[0].Task].Lock = true
	return lock
}

// DefaultLockWait is how long a task waits for locks that others hold. It is
// short, because a run holds what it has while it waits. It outlasts the moment
// that an engine needs to end the locks of a run which was terminated.
const DefaultLockWait = engine.DefaultLockWait

// LockName is the name under which [Register] registers the workflow that stands for a
// lock. It has the workflow id of the runs that change the locked resource. So the engine
// starts neither these runs nor another lock while it runs.
const LockName = ledger.LockName

// LockKind is the kind of a lock, as [AttributeKind] has it.
const LockKind = ledger.LockKind

// Holder is the run that holds a lock.
type Holder = ledger.Holder

// LockInput is the input of the workflow [LockName].
type LockInput = ledger.LockInput
