package saga

import (
	"errors"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"novaflow/saga/internal/engine"
	"novaflow/saga/ledger"
)

// RevertName is the name under which [RegisterRevert] registers the workflow that reverts
// a run which has ended.
const RevertName = ledger.RevertName

// RevertKind is the kind of its runs, as [AttributeKind] has it.
const RevertKind = ledger.RevertKind

// RevertInput is the input of the workflow [RevertName].
//
// Start it under the workflow id of the run that it reverts, so that nothing else changes
// the same resource meanwhile.
type RevertInput = ledger.RevertInput

// RegisterRevert registers the workflow that reverts runs which have ended,
// of whatever flow: it needs the activities of the ledger's undos, and no other
// code. The options are those of undos where their task had none of its own.
//
// Everything that was begun and not undone is undone, also what an operator gave up
// before, but for attempts before the last one: of those the ledger has the marks and
// no more. It goes as in a run: against the order of dependency, in parallel
// where independent, for as long as it takes, with the query [LedgerQuery], the
// same verbs, and STUCK when it takes too long. The result is a [Reverted]. Of
// the flow's options ArchivedBy and UndoDeadline have a use here.
func RegisterRevert(r worker.WorkflowRegistry, undo Options, options ...FlowOption) {
	revert := func(ctx workflow.Context, in RevertInput) (Reverted, error) {
		f := NewFlow(RevertKind, options...)
		return engine.Revert(ctx, in, undo, f.graph, errors.Join(f.problems...))
	}
	r.RegisterWorkflowWithOptions(revert, workflow.RegisterOptions{Name: RevertName})
}
