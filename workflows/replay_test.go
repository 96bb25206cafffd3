package workflows_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"novaflow/workflows"
)

// shortest is the first events that a worker is ever shown: started, and a
// workflow task scheduled and started.
const shortest = 3

// whatToDo is for whoever sees this test fail.
const whatToDo = `A run that is under way with the released code could not go on with this code.
Put the change behind workflow.GetVersion (see docs/upgrading.md). Only if this version
was never released, record the histories anew with "make record".`

// TestReleasedRunsCanGoOn replays the recorded history of every flow and
// outcome, whole and cut at every event, as a worker does that takes a run over
// from one with the released code.
func TestReleasedRunsCanGoOn(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			in, err := os.Open(file)
			require.NoError(t, err)
			defer in.Close()
			history, err := client.HistoryFromJSON(in, client.HistoryJSONOptions{})
			require.NoError(t, err)
			for n := shortest; n <= len(history.Events); n++ {
				require.NoError(t, replay(history, n), "cut after event %d (%s).\n%s", n, history.Events[n-1].EventType, whatToDo)
			}
		})
	}
}

// replay plays the first n events of a history.
func replay(history *historypb.History, n int) error {
	r := worker.NewWorkflowReplayer()
	workflows.Register(r)
	return r.ReplayWorkflowHistory(quiet{}, &historypb.History{Events: history.Events[:n]})
}
