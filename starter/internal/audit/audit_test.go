package audit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
	"novaflow/saga"
)

// The engine tells what it has, also when the store has it too; the store tells
// the rest. Nothing must be told twice, and nothing out of order.
func TestAuditTellsEachRunOnceInOrder(t *testing.T) {
	at := time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)
	record := func(execution string, events ...audit.Event) audit.Record {
		return audit.Record{Execution: execution, Events: events}
	}
	event := func(id string, after time.Duration, task string, resources ...string) audit.Event {
		return audit.Event{Event: saga.Event{ID: id, Time: at.Add(after), Task: task, Resources: resources}}
	}
	both := mergeRecords(
		[]audit.Record{record("b", event("b1", 3*time.Second, ""), event("b2", 5*time.Second, "port", "p"))},
		[]audit.Record{record("a", event("a1", time.Second, "server", "s"), event("a2", 4*time.Second, "")), record("b", event("stale", 0, ""))},
	)
	ids := func(r request) (out []string) {
		for _, e := range eventsOf(r, both) {
			out = append(out, e.ID)
		}
		return out
	}
	require.Equal(t, []string{"a1", "b1", "a2", "b2"}, ids(request{}))
	require.Equal(t, []string{"b1", "a2", "b2"}, ids(request{resource: "p"}))
}
