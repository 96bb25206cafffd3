package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/workflows"
)

// A flow without a sentence would show its result as raw JSON.
func TestEveryFlowHasASentenceForItsResult(t *testing.T) {
	for _, name := range workflows.Names() {
		require.Contains(t, allReporters(), name)
	}
}

// A dry run of a drain, and of a release, which deletes nothing ever, said "it would
// delete" and then nothing.
func TestADryRunSaysWhatItWouldDo(t *testing.T) {
	for kind, c := range map[string]struct {
		result any
		want   []string
	}{
		workflows.HostDrainKind: {workflows.Drained{Host: "h1", Left: []activities.Left{{ServerID: "1", Name: "a"}}, Stayed: []activities.Left{{ServerID: "2", Name: "b", Why: "it is SUSPENDED"}}},
			[]string{"it would take host h1 out of use, so that nova places nothing there", "it would have these leave:", "  server 1 a", "these would stay:", "  server 2 b: it is SUSPENDED"}},
		workflows.ReleaseKind:      {workflows.Released{Released: []string{"server 1"}}, []string{"it would delete nothing, and no longer manage:", "  server 1"}},
		workflows.ProjectPurgeKind: {workflows.Purged{Removed: []string{"server 1 a"}, Next: "--confirm 1"}, []string{"it would delete:", "  server 1 a", "to delete all this: --confirm 1"}},
		workflows.ServerDeleteKind: {workflows.Deleted{}, []string{"there is nothing to do"}},
	} {
		text, err := json.Marshal(c.result)
		require.NoError(t, err)
		lines, err := wouldDo(kind, text)
		require.NoError(t, err)
		require.Equal(t, c.want, lines)
	}
}

func TestResultsInSentences(t *testing.T) {
	for result, c := range map[any]struct{ workflow, headline string }{
		&workflows.NetworkMade{Name: "app", ID: "n1"}:                               {workflows.NetworkCreateName, "network app is there"},
		&workflows.Adopted{Kind: "server", Name: "web-1"}:                           {workflows.AdoptName, "server web-1 is under novaflow's management now"},
		&workflows.Released{Kind: "volume", ID: "v1"}:                               {workflows.ReleaseName, "volume v1 is no longer under novaflow's management"},
		&workflows.Image{Name: "golden", Status: "active"}:                          {workflows.ImagePublishName, "image golden is active"},
		&workflows.Volume{Name: "data-1", Status: "available"}:                      {workflows.VolumeCreateName, "volume data-1 is available"},
		&workflows.Volume{ID: "v1", Status: "in-use"}:                               {workflows.VolumeExtendName, "volume v1 is in-use"},
		&workflows.Resized{Name: "web-1", Status: "ACTIVE", Host: "h2", From: "h1"}: {workflows.ServerMigrateName, "server web-1 is ACTIVE on host h2"},
		&workflows.SnapshotOfVolume{Name: "monday", Status: "available"}:            {workflows.VolumeSnapshotName, "snapshot monday is available"},
		&workflows.Attached{Server: "s1", Volume: "v1", Device: "/dev/vdb"}:         {workflows.ServerAddVolumeName, "volume v1 is attached to server s1"},
		&workflows.Attached{Server: "s1", Port: "p1", Deleted: true}:                {workflows.ServerRemovePortName, "port p1 is off server s1, and deleted, as novaflow had made it"},
		&workflows.Attached{Server: "s1", Port: "p2"}:                               {workflows.ServerRemovePortName, "port p2 is off server s1"},
	} {
		text, err := json.Marshal(result)
		require.NoError(t, err)
		headline, _, err := allReporters()[c.workflow](text)
		require.NoError(t, err)
		require.Equal(t, c.headline, headline)
	}
}
