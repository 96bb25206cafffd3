package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows"
)

// A flow without a sentence would show its result as raw JSON.
func TestEveryFlowHasASentenceForItsResult(t *testing.T) {
	for _, name := range workflows.Names() {
		require.Contains(t, allReporters(), name)
	}
}

func TestResultsInSentences(t *testing.T) {
	for result, c := range map[any]struct{ workflow, headline string }{
		&workflows.NetworkMade{Name: "app", ID: "n1"}:                               {workflows.NetworkCreateName, "network app was created"},
		&workflows.Adopted{Kind: "server", Name: "web-1"}:                           {workflows.AdoptName, "server web-1 is under novaflow's management now"},
		&workflows.Released{Kind: "volume", ID: "v1"}:                               {workflows.ReleaseName, "volume v1 is no longer under novaflow's management"},
		&workflows.Image{Name: "golden", Status: "active"}:                          {workflows.ImagePublishName, "image golden is active"},
		&workflows.Volume{Name: "data-1", Status: "available"}:                      {workflows.VolumeCreateName, "volume data-1 is available"},
		&workflows.Volume{ID: "v1", Status: "in-use"}:                               {workflows.VolumeExtendName, "volume v1 is in-use"},
		&workflows.Resized{Name: "web-1", Status: "ACTIVE", Host: "h2", From: "h1"}: {workflows.ServerMigrateName, "server web-1 is ACTIVE on host h2"},
		&workflows.SnapshotOfVolume{Name: "monday", Status: "available"}:            {workflows.VolumeSnapshotName, "snapshot monday is available"},
		&workflows.Attached{Server: "s1", Volume: "v1", Device: "/dev/vdb"}:         {workflows.ServerAddVolumeName, "volume v1 is attached to server s1"},
		&workflows.Attached{Server: "s1", Port: "p1", Deleted: true}:                {workflows.ServerRemovePortName, "port p1 is off server s1, and deleted, as novaflow had created it"},
		&workflows.Attached{Server: "s1", Port: "p2"}:                               {workflows.ServerRemovePortName, "port p2 is off server s1"},
	} {
		text, err := json.Marshal(result)
		require.NoError(t, err)
		headline, _, err := allReporters()[c.workflow](text)
		require.NoError(t, err)
		require.Equal(t, c.headline, headline)
	}
}
