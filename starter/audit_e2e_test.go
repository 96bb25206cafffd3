//go:build e2e

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"novaflow/audit"
	"novaflow/internal/config"
	"novaflow/internal/devcloud"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/dev"
	"novaflow/starter/internal/term"
	"novaflow/workflows/server"
)

// events are what "novaflow audit" tells as JSON.
func events(t *testing.T, line string) (all []audit.Event) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitOK, line+" -o json")), &all))
	return all
}

// Audit must say who created a server, who deleted it, and why. It must say the same
// while the engine has the runs and afterwards, down to the ids of the events.
func TestAuditIsTheSameFromTheEngineAndFromTheArchive(t *testing.T) {
	d := startTestDev(t)
	t.Setenv(config.AuditVariable, config.AuditFile(d.DataDir))
	t.Setenv("NOVAFLOW_USER", "ada")
	novaflow(t, term.ExitOK, "server create web-1 --reason ticket-7"+createFlags)
	id := serverID(d, "web-1")
	novaflow(t, term.ExitOK, "server delete web-1 --reason retired")
	novaflow(t, term.ExitFailed, "server create web-2 --image tiny --flavor m1.impossible --network private")
	for _, what := range []string{"--project devcloud", "--resource " + id, "--run server:devcloud:web-2"} {
		live := events(t, "audit "+what)
		require.NotEmpty(t, live, what)
		require.Equal(t, live, events(t, "audit --archive-only "+what), what)
	}
	var told []string
	for _, e := range events(t, "audit --resource "+id) {
		if e.Task != "" && e.To == "SUCCESS" {
			require.Regexp(t, "^req-", e.RequestID)
			told = append(told, strings.Join([]string{e.Flow, e.Task, e.By, e.Reason}, " "))
		}
	}
	require.Contains(t, told, server.Create.Kind+" server ada ticket-7")
	require.Contains(t, told, server.Delete.Kind+" server-0 ada retired")
	require.Contains(t, novaflow(t, term.ExitOK, "audit --resource "+id), "ticket-7")
	require.Contains(t, novaflow(t, term.ExitOK, "audit --run server:devcloud:web-2"), "No valid host")
	novaflow(t, term.ExitOK, "volume create data-1 --size 1")
	novaflow(t, term.ExitOK, "volume extend data-1 2")
	// only names of servers were known, and without a store only the last run
	for _, store := range []string{"", " --audit off"} {
		out := novaflow(t, term.ExitOK, "audit --run data-1"+store)
		require.Contains(t, out, "volume-ready")
		require.Contains(t, out, "extended")
	}
}

// A run that was terminated archives nothing. What takes it back does it, and so
// does a person; each event is there once all the same.
func TestTerminatedRunIsArchivedByItsRevert(t *testing.T) {
	d := startTestDev(t)
	t.Setenv(config.AuditVariable, config.AuditFile(d.DataDir))
	var made change.Report
	hold, err := devcloud.ParseFault("nova POST /servers stuck 1")
	require.NoError(t, err)
	d.Cloud.AddFault(hold)
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitOK,
		"server create web-1 --no-wait -o json --image tiny --flavor m1.small --network private")), &made))
	require.Eventually(t, func() bool { return serverID(d, "web-1") != "" }, time.Minute, 50*time.Millisecond)
	require.NoError(t, d.Client.TerminateWorkflow(t.Context(), "server:devcloud:web-1", made.Run, "test"))
	ended := events(t, "audit --run "+made.Run)
	require.Equal(t, "TERMINATED", ended[len(ended)-1].To, "a worker that could tell the run did not know of its end")
	novaflow(t, term.ExitOK, "run revert server:devcloud:web-1 --reason cleanup")
	archived := events(t, "audit --archive-only --run "+made.Run)
	require.NotEmpty(t, archived)
	require.Contains(t, novaflow(t, term.ExitOK, "audit archive server:devcloud:web-1 --run-id "+made.Run),
		": 0 of its ")
	require.Equal(t, archived, events(t, "audit --archive-only --run "+made.Run))
	reverted := false
	for _, e := range events(t, "audit --project devcloud --archive-only") {
		reverted = reverted || e.Task == "server" && e.To == "REVERTED" && e.Reason == "cleanup"
	}
	require.True(t, reverted, "the revert is archived as a run of its own")
}

// serverID is the id of a server in the cloud, "" if there is none.
func serverID(d *dev.System, name string) string {
	for _, o := range d.Cloud.Inventory() {
		if o.Kind == "server" && o.Name == name {
			return o.ID
		}
	}
	return ""
}
