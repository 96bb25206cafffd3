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
	for _, flow := range workflows.All() {
		require.Contains(t, reporters, flow.WorkflowName())
	}
}

// A dry run of a drain, and of a release, which deletes nothing ever, said "it would
// delete" and then nothing.
func TestADryRunSaysWhatItWouldDo(t *testing.T) {
	for kind, c := range map[string]struct {
		result any
		want   []string
	}{
		workflows.HostDrain.Kind: {workflows.Drained{Host: "h1", Left: []activities.Left{{ServerID: "1", Name: "a"}}, Stayed: []activities.Left{{ServerID: "2", Name: "b", Why: "it is SUSPENDED"}}},
			[]string{"it would take host h1 out of use, so that nova places nothing there", "it would have these leave:", "  server 1 a", "these would stay:", "  server 2 b: it is SUSPENDED"}},
		workflows.Release.Kind:      {workflows.Released{Released: []string{"server 1"}}, []string{"it would delete nothing, and no longer manage:", "  server 1"}},
		workflows.ProjectPurge.Kind: {workflows.Purged{Removed: []string{"server 1 a"}, Next: "--confirm 1"}, []string{"it would delete:", "  server 1 a", "to delete all this: --confirm 1"}},
		workflows.ServerDelete.Kind: {workflows.Deleted{}, []string{"there is nothing to do"}},
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
		&workflows.NetworkMade{Name: "app", ID: "n1"}:                               {workflows.NetworkCreate.Workflow, "network app is there"},
		&workflows.Adopted{Kind: "server", Name: "web-1"}:                           {workflows.Adopt.Workflow, "server web-1 is under novaflow's management now"},
		&workflows.Released{Kind: "volume", ID: "v1"}:                               {workflows.Release.Workflow, "volume v1 is no longer under novaflow's management"},
		&workflows.Image{Name: "golden", Status: "active"}:                          {workflows.ImagePublish.Workflow, "image golden is active"},
		&workflows.Volume{Name: "data-1", Status: "available"}:                      {workflows.VolumeCreate.Workflow, "volume data-1 is available"},
		&workflows.Volume{ID: "v1", Status: "in-use"}:                               {workflows.VolumeExtend.Workflow, "volume v1 is in-use"},
		&workflows.Resized{Name: "web-1", Status: "ACTIVE", Host: "h2", From: "h1"}: {workflows.ServerMigrate.Workflow, "server web-1 is ACTIVE on host h2"},
		&workflows.SnapshotOfVolume{Name: "monday", Status: "available"}:            {workflows.VolumeSnapshot.Workflow, "snapshot monday is available"},
		&workflows.Attached{Server: "s1", Volume: "v1", Device: "/dev/vdb"}:         {workflows.ServerAddVolume.Workflow, "volume v1 is attached to server s1"},
		&workflows.Attached{Server: "s1", Port: "p1", Deleted: true}:                {workflows.ServerRemovePort.Workflow, "port p1 is off server s1, and deleted, as novaflow had made it"},
		&workflows.Attached{Server: "s1", Port: "p2"}:                               {workflows.ServerRemovePort.Workflow, "port p2 is off server s1"},
	} {
		text, err := json.Marshal(result)
		require.NoError(t, err)
		headline, _, err := reporters[c.workflow](text)
		require.NoError(t, err)
		require.Equal(t, c.headline, headline)
	}
}
