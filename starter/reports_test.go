package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows"
	"novaflow/workflows/image"
	"novaflow/workflows/network"
	"novaflow/workflows/ownership"
	"novaflow/workflows/server"
	"novaflow/workflows/spec/topology"
	"novaflow/workflows/volume"
)

// A flow without a sentence would show its result as raw JSON.
func TestEveryFlowHasASentenceForItsResult(t *testing.T) {
	for _, flow := range workflows.All() {
		require.Contains(t, allReporters(), flow.WorkflowName())
	}
}

func TestResultsInSentences(t *testing.T) {
	for result, c := range map[any]struct{ workflow, headline string }{
		&topology.Network{Name: "app", ID: "n1"}: {network.Create.Workflow,
			"network app was created"},
		&ownership.Adopted{Kind: "server", Name: "web-1"}: {ownership.Adopt.Workflow,
			"server web-1 is under novaflow's management now"},
		&ownership.Released{Kind: "volume", ID: "v1"}: {ownership.Release.Workflow,
			"volume v1 is no longer under novaflow's management"},
		&image.Image{Name: "golden", Status: "active"}: {image.Publish.Workflow,
			"image golden is active"},
		&volume.Volume{Name: "data-1", Status: "available"}: {volume.Create.Workflow,
			"volume data-1 is available"},
		&volume.Volume{ID: "v1", Status: "in-use"}: {volume.Extend.Workflow,
			"volume v1 is in-use"},
		&server.Resized{Name: "web-1", Status: "ACTIVE", Host: "h2", From: "h1"}: {server.Migrate.Workflow,
			"server web-1 is ACTIVE on host h2"},
		&volume.CreatedSnapshot{Name: "monday", Status: "available"}: {volume.Snapshot.Workflow,
			"snapshot monday is available"},
		&server.Attached{Server: "s1", Volume: "v1", Device: "/dev/vdb"}: {server.AddVolume.Workflow,
			"volume v1 is attached to server s1"},
		&server.Attached{Server: "s1", Port: "p1", Deleted: true}: {server.RemovePort.Workflow,
			"port p1 is off server s1, and deleted, as novaflow had created it"},
		&server.Attached{Server: "s1", Port: "p2"}: {server.RemovePort.Workflow,
			"port p2 is off server s1"},
	} {
		text, err := json.Marshal(result)
		require.NoError(t, err)
		headline, _, err := allReporters()[c.workflow](text)
		require.NoError(t, err)
		require.Equal(t, c.headline, headline)
	}
}
