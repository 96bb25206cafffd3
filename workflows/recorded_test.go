package workflows_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"novaflow/saga"
	"novaflow/workflows"
)

// howToRecord is for a developer who adds a flow and sees this test fail.
const howToRecord = `no recorded history of workflow %[1]s has ended %[2]s, so nothing would notice a change that
stops runs of it which are under way. Add a line for it to "recordings" in test/plays_test.go: what there
must be before, the request, and a fault that makes it revert if it can. Then "make record" plays what has
no history yet, on a real engine, and stores it in workflows/testdata/histories: commit that.`

// outcomes are how the runs of a flow can end: one that only goes forward never
// reverts.
func outcomes(t *testing.T, flow saga.Example) []string {
	t.Helper()
	f, err := flow.Plan(nil)
	require.NoError(t, err)
	if strings.Contains(f.Mermaid(), "only goes forward, as ") {
		return []string{"COMMITTED"}
	}
	return []string{"COMMITTED", "REVERTED"}
}

// A flow without a history is guarded by no gate: each change of it could stop the
// runs that are under way at an upgrade.
func TestEveryFlowHasARecordedHistoryOfEachOutcome(t *testing.T) {
	seen := map[string]bool{}
	for _, h := range recorded(t) {
		seen[typeOf(h)+" "+outcomeOf(h)] = true
	}
	need := func(name, outcome string) {
		if !seen[name+" "+outcome] {
			t.Errorf(howToRecord, name, outcome)
		}
	}
	for _, flow := range workflows.All() {
		for _, outcome := range outcomes(t, flow.ToExample()) {
			need(flow.WorkflowName(), outcome)
		}
	}
	need(saga.LockName, "COMMITTED")
	need(saga.RevertName, "COMMITTED")
}

// typeOf is the name of the workflow that a history is of.
func typeOf(h *historypb.History) string {
	return h.Events[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
}

// outcomeOf is how a run ended, in saga's words where it can be seen.
func outcomeOf(h *historypb.History) string {
	switch last := h.Events[len(h.Events)-1].EventType; last {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		return string(saga.RunCommitted)
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		return string(saga.RunReverted)
	default:
		return fmt.Sprint(last)
	}
}
