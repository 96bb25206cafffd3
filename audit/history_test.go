package audit_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
	"novaflow/saga"
)

// terminated is the ledger, rebuilt from history, of a run that the engine ended
// while it was being undone.
var terminated = saga.Ledger{
	Flow: "ServerCreate", Run: "first", Project: "devcloud", By: "ann", Reason: "a try", State: saga.RunReverting,
	Cause: "no valid host", Started: begun, Ended: begun.Add(9 * time.Second),
	Tasks: []saga.Entry{
		{
			Task: "port", State: saga.TaskReverting, Activity: "CreatePort", Undo: "DeletePort", Attempt: 1,
			Out:       json.RawMessage(`{"id":"p1","request":"req-p"}`),
			Resources: []string{"p1"}, Started: begun.Add(1), Ended: begun.Add(2), Undoing: begun.Add(6 * time.Second),
		},
		{
			Task: "server", State: saga.TaskReverted, Activity: "CreateServer", Undo: "DeleteServer", Attempt: 2,
			Error:   "no valid host",
			Started: begun.Add(3), Ended: begun.Add(4), Undoing: begun.Add(4 * time.Second),
			Undone: begun.Add(5 * time.Second),
		},
		{Task: "active", State: saga.TaskPending, Activity: "WaitServer", Attempt: 1},
	},
	Requests: []saga.Request{{Verb: saga.VerbPause, Reason: "wait", By: "bob", Time: begun.Add(7 * time.Second)}},
}

// A run that was terminated told nobody its events. What is derived must be in
// order, complete, and the same each time, or it would be archived twice.
func TestEventsOfATerminatedRunAreDerivedFromItsLedger(t *testing.T) {
	r := audit.RecordFromLedger("server:devcloud:web-1", "execution-1", terminated)
	require.Equal(t, r, audit.RecordFromLedger("server:devcloud:web-1", "execution-1", terminated))
	var story []string
	for _, e := range r.Events {
		story = append(story,
			strings.Join([]string{e.Task, e.To, e.By, e.Reason, e.Text, e.Activity, e.RequestID}, "|"))
	}
	require.Equal(t, []string{
		"|RUNNING|ann|a try|||",
		"port|RUNNING|ann|a try||CreatePort|", "port|SUCCESS|ann|a try||CreatePort|req-p",
		"server|RUNNING|ann|a try||CreateServer|", "server|FAILURE|ann|a try|no valid host|CreateServer|",
		"server|REVERTING|ann|a try||DeleteServer|", "server|REVERTED|ann|a try||DeleteServer|",
		"port|REVERTING|ann|a try||DeletePort|", "|pause|bob|wait|||", "|REVERTING|ann|a try|no valid host||",
	}, story)
	require.Equal(t, "execution-1/ledger-3", r.Events[2].ID)
	require.True(t, r.Events[2].About("p1"))
	require.False(t, r.Events[4].About("p1"))
}

// Tools that take JSON lines or CloudEvents must be able to: one event a line, an
// id that is unique with its source, and the attributes that the standard wants.
func TestExports(t *testing.T) {
	r := audit.RecordFromLedger("server:devcloud:web 1", "execution-1", terminated)
	var out bytes.Buffer
	require.NoError(t, audit.WriteLines(&out, r.Events))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, len(r.Events))
	var e audit.Event
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &e))
	require.Equal(t, r.Events[2], e)

	out.Reset()
	require.NoError(t, audit.WriteCloudEvents(&out, r.Events))
	var kinds []string
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		var ce map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &ce))
		require.Equal(t, "1.0", ce["specversion"])
		require.NotEmpty(t, ce["id"])
		require.Equal(t, "/novaflow/server:devcloud:web%201", ce["source"])
		_, err := time.Parse(time.RFC3339Nano, ce["time"].(string))
		require.NoError(t, err)
		kinds = append(kinds, ce["type"].(string))
	}
	require.Equal(t, []string{"novaflow.run.RUNNING", "novaflow.task.RUNNING", "novaflow.task.SUCCESS"}, kinds[:3])
	require.Contains(t, kinds, "novaflow.verb.pause")
}
