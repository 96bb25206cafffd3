package workflows_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"novaflow/audit"
	"novaflow/internal/devcloud"
	"novaflow/saga"
	"novaflow/workflows/server"
)

// archivedRun runs a workflow as a worker with an audit store at a place does.
func archivedRun(t *testing.T, w *cloudWorld, place string, workflow, input any) (*testsuite.TestWorkflowEnvironment,
	*audit.Store) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{audit.Archiving()}})
	require.NoError(t, env.SetMemoOnStart(map[string]any{saga.MemoBy: "ada@desk", saga.MemoReason: "ticket 7"}))
	require.NoError(t, env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(saga.AttributeProject.ValueSet("devcloud"))))
	archive, err := audit.NewArchive(place)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, archive.Close()) })
	w.Register(env)
	archive.Register(env)
	env.ExecuteWorkflow(workflow, input)
	require.True(t, env.IsWorkflowCompleted())
	store, err := audit.OpenExisting(t.Context(), place)
	if err != nil {
		return env, nil
	}
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return env, store
}

// Years later the archive must say of a server who created it, when, why, with which
// request, and what was reverted.
func TestEveryTransitionOfARunIsInTheArchive(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	env, store := archivedRun(t, w, filepath.Join(t.TempDir(), "audit.db"), server.Create.Workflow, wholeServer)
	var made server.Server
	require.NoError(t, env.GetWorkflowResult(&made))
	for _, id := range append([]string{made.ID, made.BootVolume}, made.Ports...) {
		found, err := store.Find(t.Context(), audit.Query{Resource: id})
		require.NoError(t, err)
		require.Len(t, found, 1, id)
		r := found[0]
		require.Equal(t, []string{"ada@desk", "ticket 7", "devcloud", "COMMITTED", server.Create.Kind},
			[]string{r.By, r.Reason, r.Project, r.State, r.Flow})
		var about []audit.Event
		for i, e := range r.Events {
			require.False(t, i > 0 && e.Time.Before(r.Events[i-1].Time), "out of order")
			if e.Task != "" && e.About(id) && e.To == string(saga.TaskSuccess) {
				about = append(about, e)
			}
		}
		require.NotEmpty(t, about, id)
		require.Contains(t, about[0].RequestID, "req-", "%+v", about[0])
		require.Equal(t, []string{"ada@desk", "ticket 7"}, []string{about[0].By, about[0].Reason})
	}
}

// The archive of a reverted run must have the words of the cloud, and what was undone.
func TestARunThatWasTakenBackIsInTheArchive(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	w.AddFault(devcloud.Fault{Service: "nova", Method: "POST", Path: "/servers$", Action: "error",
		Text: "No valid host was found."})
	_, store := archivedRun(t, w, filepath.Join(t.TempDir(), "audit.db"), server.Create.Workflow, wholeServer)
	found, err := store.Find(t.Context(), audit.Query{Project: "devcloud"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "REVERTED", found[0].State)
	undone, words := 0, ""
	for _, e := range found[0].Events {
		if e.Task != "" && e.To == string(saga.TaskReverted) {
			require.NotEmpty(t, e.Activity)
			undone++
		}
		if e.To == string(saga.TaskFailure) {
			words += e.Text
		}
	}
	require.Equal(t, 10, undone, "group, 2 rules, 2 ports, 3 volumes, floating IP, server")
	require.Contains(t, words, "No valid host was found.")
}

// A store that is away must not keep the resource, for which the run is the lock,
// from being used: the run ends, and says that it is not archived.
func TestAStoreThatIsAwayHoldsNoRunUp(t *testing.T) {
	w := openWorld(t, devcloud.Options{})
	file := filepath.Join(t.TempDir(), "a file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	env, store := archivedRun(t, w, filepath.Join(file, "audit.db"), server.Create.Workflow, smallServer)
	require.NoError(t, env.GetWorkflowError())
	require.Nil(t, store)
	answer, err := env.QueryWorkflow(saga.LedgerQuery)
	require.NoError(t, err)
	var l saga.Ledger
	require.NoError(t, answer.Get(&l))
	require.Equal(t, saga.RunCommitted, l.State)
	require.Contains(t, l.ArchiveError, "audit store")
	require.True(t, l.Archived.IsZero())
	require.WithinDuration(t, l.Ended, env.Now(), 2*time.Minute, "the bound")

	// what it could not archive can be had from it
	answer, err = env.QueryWorkflow(saga.RecordQuery, 1)
	require.NoError(t, err)
	var record saga.Archive
	require.NoError(t, answer.Get(&record))
	require.NotEmpty(t, record.Events)
	require.Equal(t, l.State, record.Ledger.State)
}
