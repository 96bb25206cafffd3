//go:build e2e

package test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"novaflow/internal/devcloud"
	"novaflow/saga"
)

var record = flag.Bool("record", false, "write the histories that workflows/testdata/histories keeps")

// TestHistoriesAreRecorded plays every flow to each of its outcomes. With
// -record it stores their histories; without, it requires that one is stored.
func TestHistoriesAreRecorded(t *testing.T) {
	for name, play := range map[string]func(*testing.T, *scene) client.WorkflowRun{
		"server-create-committed": func(t *testing.T, s *scene) client.WorkflowRun {
			run := theStage.Create(t, s.queue, s.spec)
			require.NoError(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-reverted": func(t *testing.T, s *scene) client.WorkflowRun {
			s.AddFault(devcloud.Fault{Service: "neutron", Method: "PUT", Path: "/floatingips/", Action: "own:400", Text: "refused"})
			run := theStage.Create(t, s.queue, s.spec)
			require.Error(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-cancelled": func(t *testing.T, s *scene) client.WorkflowRun {
			run := theStage.Create(t, s.queue, s.spec)
			theStage.AwaitTask(t, run, "active", saga.TaskRunning)
			require.NoError(t, theStage.CancelWorkflow(t.Context(), run.GetID(), run.GetRunID()))
			require.Error(t, theStage.Get(t, run, nil))
			return run
		},
		"server-create-refused": func(t *testing.T, s *scene) client.WorkflowRun {
			s.spec.Image = "nothing"
			run := theStage.Create(t, s.queue, s.spec)
			require.Error(t, theStage.Get(t, run, nil))
			return run
		},
		"server-delete-committed": func(t *testing.T, s *scene) client.WorkflowRun {
			require.NoError(t, theStage.Get(t, theStage.Create(t, s.queue, s.spec), nil))
			run := theStage.Delete(t, s.queue, s.spec.Cloud, s.spec.Name)
			require.NoError(t, theStage.Get(t, run, nil))
			return run
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, time.Second)
			theStage.Worker(t, s.queue, s.file)
			store(t, play(t, s), filepath.Join("..", "workflows", "testdata", "histories", name+".json"))
		})
	}
}

// store writes a run's history, or looks whether one is there.
func store(t *testing.T, run client.WorkflowRun, file string) {
	t.Helper()
	if !*record {
		require.FileExists(t, file, "record it with \"make record\"")
		return
	}
	history := &historypb.History{}
	events := theStage.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, e)
	}
	text, err := protojson.MarshalOptions{Indent: " "}.Marshal(history)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	host, err := os.Hostname()
	require.NoError(t, err)
	text = bytes.ReplaceAll(text, []byte(host), []byte("worker")) // whose machine it was is nobody's business
	require.NoError(t, os.WriteFile(file, append(text, '\n'), 0o644))
}
