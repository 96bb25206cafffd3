//go:build e2e

package test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/test/stage"
)

// hold is a time during which a run held a workflow id.
type hold struct {
	id       string
	from, to time.Time
}

func (h hold) String() string {
	return fmt.Sprintf("%s from %s to %s", h.id, h.from.Format("05.000"), h.to.Format("05.000"))
}

// slack is what the clock of a history leaves out: it counts milliseconds.
const slack = time.Millisecond

func (h hold) covers(id string, c stage.ChangingCall) bool {
	return h.id == id && !h.from.Add(-slack).After(c.Begun) && !h.to.Add(slack).Before(c.Ended)
}

// holdsOf reads from the histories of runs what they have held, by the engine's id of the
// run. All runs must have ended.
func holdsOf(t *testing.T, runs []client.WorkflowRun) map[string][]hold {
	t.Helper()
	all := map[string][]hold{}
	for _, run := range runs {
		events := historyOf(t, run).GetEvents()
		first, last := events[0], events[len(events)-1]
		require.NotEqual(t, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, last.GetEventType())
		own := hold{run.GetID(), first.GetEventTime().AsTime(), last.GetEventTime().AsTime()}
		all[run.GetRunID()] = append(locksIn(events, own.to), own)
	}
	return all
}

// locksIn lists the holds by locks, which are child workflows.
func locksIn(events []*historypb.HistoryEvent, end time.Time) (all []hold) {
	index := map[int64]int{} // by the event that began it
	for _, e := range events {
		if a := e.GetChildWorkflowExecutionStartedEventAttributes(); a != nil && a.GetWorkflowType().GetName() == saga.LockName {
			index[a.GetInitiatedEventId()] = len(all)
			all = append(all, hold{a.GetWorkflowExecution().GetWorkflowId(), e.GetEventTime().AsTime(), end})
		}
		if a := e.GetChildWorkflowExecutionCompletedEventAttributes(); a != nil && a.GetWorkflowType().GetName() == saga.LockName {
			all[index[a.GetInitiatedEventId()]].to = e.GetEventTime().AsTime()
		}
	}
	return all
}
