//go:build e2e

package test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"novaflow/activities"
	"novaflow/internal/config"
	"novaflow/internal/workerhost/replaytest"
	"novaflow/workflows"
)

var record = flag.Bool("record", false, "record the histories that workflows/testdata/histories lacks")

// TestHistoriesAreRecorded plays every flow to each of its outcomes, and plays
// the history back at once: a flow that is not deterministic is found here. A
// history must be stored for each play. With -record only those without one are
// played, and stored.
func TestHistoriesAreRecorded(t *testing.T) {
	for name, play := range plays() {
		file := filepath.Join("..", "workflows", "testdata", "histories", name+".json")
		stored := exists(file) || exists(file+".gz")
		if *record && stored {
			continue // it guards a version that was released
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 500*time.Millisecond)
			if strings.Contains(name, unarchived) {
				startPlainWorker(t, s)
			} else {
				theStage.Worker(t, s.queue, s.file)
			}
			history := historyOf(t, play(t, s))
			replayer, err := replaytest.New()
			require.NoError(t, err)
			require.NoError(t, replayer.ReplayWorkflowHistory(config.Silent(), history))
			if *record {
				store(t, history, file+".gz")
			} else {
				require.True(t, stored, "there is no recorded history %s: run \"make record\" and commit what it adds", name)
			}
		})
	}
}

// unarchived marks the plays that a worker without an archive records: novaflow's own
// workers always have one, those of users may not.
const unarchived = "-unarchived-"

// startPlainWorker starts a worker as a user writes one, without an archive of runs.
func startPlainWorker(t *testing.T, s *scene) {
	t.Helper()
	w := worker.New(theStage.Client, s.queue, worker.Options{
		MaxHeartbeatThrottleInterval: activities.HeartbeatThrottle,
	})
	workflows.Register(w)
	activities.Register(w, activities.NewClouds(s.file))
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// store writes a history as JSON, compressed to a tenth.
func store(t *testing.T, history *historypb.History, file string) {
	t.Helper()
	text, err := protojson.Marshal(history)
	require.NoError(t, err)
	host, err := os.Hostname()
	require.NoError(t, err)
	text = bytes.ReplaceAll(text, []byte(host), []byte("worker")) // whose machine it was is nobody's business
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	out, err := os.Create(file)
	require.NoError(t, err)
	packed, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	require.NoError(t, err)
	_, err = packed.Write(text)
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	require.NoError(t, out.Close())
}

// play leads one run to its outcome, on a scene of its own, and returns it.
type play func(*testing.T, *scene) client.WorkflowRun
