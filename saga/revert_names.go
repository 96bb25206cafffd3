package saga

import "novaflow/saga/ledger"

// RevertName is the name under which [RegisterRevert] registers the workflow that reverts a
// run which has ended.
const RevertName = ledger.RevertName

// RevertKind is the kind of its runs, as [AttributeKind] has it.
const RevertKind = ledger.RevertKind

// RevertInput is the input of the workflow [RevertName].
//
// Start it under the workflow id of the run that it reverts, so that nothing else changes
// the same resource meanwhile.
type RevertInput = ledger.RevertInput
