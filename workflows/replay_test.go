package workflows_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"novaflow/internal/workerhost/replaytest"
	"novaflow/saga"
	"novaflow/workflows/server"
)

// handOvers are the lengths at which a history can be handed to a worker: each
// time a workflow task starts, and when the run has ended. In between, the engine
// writes what a worker decided in one piece.
func handOvers(history *historypb.History) (lengths []int) {
	for i, e := range history.Events {
		if e.EventType == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED || i == len(history.Events)-1 {
			lengths = append(lengths, i+1)
		}
	}
	return lengths
}

// whatToDo is for a developer who sees this test fail.
const whatToDo = `A run that is under way with the released code could not go on with this code.
Put the change behind workflow.GetVersion (see docs/upgrading.md). Only if this version
was never released, remove its histories from workflows/testdata/histories and record
them anew with "make record".`

// TestReleasedRunsCanGoOn replays the recorded history of every flow and
// outcome, whole and cut wherever a worker can get it, as a worker does that takes a run over
// from one with the released code.
func TestReleasedRunsCanGoOn(t *testing.T) {
	for file, history := range recorded(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, goesOn(history))
		})
	}
}

// recorded are the recorded histories, by the names of their files without the
// endings.
func recorded(t *testing.T) map[string]*historypb.History {
	files, err := filepath.Glob("testdata/histories/*.json*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]*historypb.History{}
	for _, file := range files {
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		all[name] = history(t, file)
	}
	return all
}

// history reads a history, which may be compressed.
func history(t *testing.T, file string) *historypb.History {
	t.Helper()
	in, err := os.Open(file)
	require.NoError(t, err)
	defer in.Close()
	var text io.Reader = in
	if strings.HasSuffix(file, ".gz") {
		text, err = gzip.NewReader(in)
		require.NoError(t, err, file)
	}
	h, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
	require.NoError(t, err, file)
	return h
}

// A flow that is archived from now on must not trip over runs that began before.
func TestReleasedRunsCanGoOnWhenTheirFlowIsArchivedFromNowOn(t *testing.T) {
	var archive []interceptor.WorkerInterceptor
	for _, kind := range []string{server.Create.Kind, server.Delete.Kind} {
		archive = append(archive, saga.Customize(kind, func(_ workflow.Context, f *saga.Flow) {
			saga.ArchivedBy((*keeper)(nil).Keep, saga.Options{})(f)
		}))
	}
	seen := 0
	for file, history := range recorded(t) {
		if strings.Contains(file, "-unarchived-") {
			seen++
			require.NoError(t, goesOn(history, archive...), file)
		}
	}
	require.Equal(t, len(archive), seen)
}

// keeper lends its method a name.
type keeper struct{}

func (*keeper) Keep(context.Context, saga.Archive) error { return nil }

// goesOn plays a history, cut wherever a worker can get it, with today's code and
// what the interceptors change in it.
func goesOn(history *historypb.History, interceptors ...interceptor.WorkerInterceptor) error {
	for _, n := range handOvers(history) {
		if err := replay(history, n, interceptors...); err != nil {
			return fmt.Errorf("cut after event %d (%s): %w\n%s", n, history.Events[n-1].EventType, err, whatToDo)
		}
	}
	return nil
}

// replay plays the first n events of a history.
func replay(history *historypb.History, n int, interceptors ...interceptor.WorkerInterceptor) error {
	r, err := replaytest.New(interceptors...)
	if err != nil {
		return err
	}
	return r.ReplayWorkflowHistory(quiet{}, &historypb.History{Events: history.Events[:n]})
}
