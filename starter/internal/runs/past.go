package runs

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
)

// ReadPast returns what a run has done so far. The run answers itself. Its history is
// read instead if the run cannot answer, or if the engine ended it, because it then does
// not know how far its activities came.
func ReadPast(ctx context.Context, session *Session, engine client.Client, s Snapshot) (*saga.Past, error) {
	l, silent := AskLedger(ctx, engine, s.Workflow, s.Run)
	if silent == nil && (!s.Ended() || l.State.Final()) {
		return &saga.Past{Ledger: l}, nil
	}
	options, err := session.Connection.Options()
	if err != nil {
		return nil, err
	}
	past, err := saga.LedgerFromHistory(func(workflow, run string) client.HistoryEventIterator {
		return engine.GetWorkflowHistory(ctx, workflow, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	}, s.Workflow, s.Run, options.DataConverter)
	if err != nil {
		return nil, fmt.Errorf("neither a worker nor the history gives the ledger: %w", err)
	}
	return past, nil
}
