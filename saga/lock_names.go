package saga

import "novaflow/saga/ledger"

// LockName is the name under which [Register] registers the workflow that stands for a
// lock. Its workflow id is that of the runs which change the locked resource, so the engine
// starts neither them nor another lock while it runs.
const LockName = ledger.LockName

// LockKind is the kind of a lock, as [AttributeKind] has it.
const LockKind = ledger.LockKind

// Holder is the run that holds a lock.
type Holder = ledger.Holder

// LockInput is the input of the workflow [LockName].
type LockInput = ledger.LockInput
