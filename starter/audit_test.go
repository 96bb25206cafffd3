package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
	"novaflow/saga"
	"novaflow/starter/internal/startertest"
	"novaflow/starter/internal/term"
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
	both := together(
		[]audit.Record{record("b", event("b1", 3*time.Second, ""), event("b2", 5*time.Second, "port", "p"))},
		[]audit.Record{record("a", event("a1", time.Second, "server", "s"), event("a2", 4*time.Second, "")), record("b", event("stale", 0, ""))},
	)
	ids := func(r auditRequest) (out []string) {
		for _, e := range eventsOf(r, both) {
			out = append(out, e.ID)
		}
		return out
	}
	require.Equal(t, []string{"a1", "b1", "a2", "b2"}, ids(auditRequest{}))
	require.Equal(t, []string{"b1", "a2", "b2"}, ids(auditRequest{resource: "p"}))
}

func TestAuditMistakesExitWith2(t *testing.T) {
	startertest.Bare(t)
	for line, want := range map[string]string{
		"audit":                     "the audit of what?",
		"audit --run x -o xml":      "want table, json, yaml, jsonl, cloudevents",
		"audit --run x --since -1h": "want a time that is past",
		"audit archiv x":            `did you mean "archive"`,
		"audit archive":             "accepts 1 arg(s)",
		"audit --archive-only --run x --audit http://": `scheme "http"`,
	} {
		_, err := execute(strings.Fields(line)...)
		require.ErrorContains(t, err, want, line)
		require.Equal(t, term.ExitUsage, term.Code(err), line)
	}
	_, err := execute("audit", "--run", "x")
	require.ErrorContains(t, err, "--archive-only", "the engine is away: say how to go on")
	_, err = execute("audit", "--run", "x", "--archive-only")
	require.ErrorContains(t, err, "no run is called")
}
