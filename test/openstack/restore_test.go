//go:build openstack

package openstack

import (
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"novaflow/saga"
	"novaflow/test/stage"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

// A restore that cinder refuses leaves the volume as it was. A restore that cinder begins
// has no way back. It ends, or the run reports cinder's words and needs a decision,
// because few drivers can restore without root. Then the run can be ended.
func TestAVolumeIsRestoredOrSomebodyIsCalled(t *testing.T) {
	before, queue := inventory(t), worker(t)
	v := volumeForChanges(t, queue)
	save := volume.SnapshotSpec{RunOptions: options, Volume: v.name, Name: v.name + "-monday"}
	require.NoError(t, v.do(volume.Snapshot.Workflow, save, nil))
	req := volume.RestoreSpec{RunOptions: options, Volume: v.name, Snapshot: save.Name}
	if faultFile != "" {
		under(t, "cinder POST /action$ 403", func() { require.Error(t, v.do(volume.Restore.Workflow, req, nil)) })
		require.Equal(t, "available", v.now().Status)
		require.Len(t, saves(t, save.Name), 1)
	}
	req.Deadline = spec.Duration(15 * time.Second) // after which it calls
	run := runOf(t, queue, spec.VolumeWorkflowID(cloudName, v.name), volume.Restore.Workflow, req)
	if state := endOrCall(t, run); state == saga.RunStuck {
		require.Equal(t, "error", v.now().Status)
		require.Contains(t, theStage.Ledger(t, run).Tree(), v.made.ID)
		require.NoError(t, theStage.SignalWorkflow(t.Context(), run.GetID(), run.GetRunID(), string(saga.VerbAbandon),
			saga.Request{Reason: "the driver cannot"}))
		require.Error(t, theStage.Get(t, run, nil))
		dropBackups(t, v.made.ID)
	} else {
		require.NoError(t, theStage.Get(t, run, nil))
		require.Equal(t, "available", v.now().Status)
	}
	require.NoError(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name, Purge: true},
		nil))
	requireSame(t, before)
}

// endOrCall waits until a run has committed or needs a decision, and returns which.
func endOrCall(t *testing.T, run client.WorkflowRun) (state saga.RunState) {
	t.Helper()
	stage.Await(t, "the restore to end or somebody to be called", func() bool {
		state = theStage.Ledger(t, run).State
		return state == saga.RunCommitted || state == saga.RunStuck
	})
	return state
}

// dropBackups deletes the snapshot that cinder itself created before it reverted. The
// run leaves it alone: it is the only copy of what the volume held.
func dropBackups(t *testing.T, volume string) {
	t.Helper()
	_, _, storage := services(t)
	for _, s := range extract(t, snapshots.List(storage, snapshots.ListOpts{VolumeID: volume}),
		snapshots.ExtractSnapshots) {
		if s.Name == "[revert] volume "+volume+" backup snapshot" {
			require.NoError(t, snapshots.Delete(t.Context(), storage, s.ID).ExtractErr())
		}
	}
}
