//go:build openstack

package openstack

import (
	"testing"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/stretchr/testify/require"

	"novaflow/activities"
	"novaflow/workflows/ownership"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

// ownVolume is a volume to which a test applies changes one after the other.
type ownVolume struct {
	t           *testing.T
	queue, name string
	made        volume.Volume
}

func volumeForChanges(t *testing.T, queue string) *ownVolume {
	t.Helper()
	v := &ownVolume{t: t, queue: queue, name: "novaflow-test-" + uuid.NewString()[:8]}
	require.NoError(t, v.do(volume.Create.Workflow, volume.CreateSpec{RunOptions: options, Name: v.name, Size: 1},
		&v.made))
	return v
}

// do runs a workflow on the volume to its end.
func (v *ownVolume) do(workflow string, req, result any) error {
	v.t.Helper()
	return theStage.Get(v.t, runOf(v.t, v.queue, spec.VolumeWorkflowID(cloudName, v.name), workflow, req), result)
}

// now asks cinder for the volume.
func (v *ownVolume) now() *volumes.Volume {
	v.t.Helper()
	_, _, storage := services(v.t)
	got, err := volumes.Get(v.t.Context(), storage, v.made.ID).Extract()
	require.NoError(v.t, err)
	return got
}

func TestAVolumeIsExtendedAndSavedOrIsAsItWas(t *testing.T) {
	before := inventory(t)
	v := volumeForChanges(t, worker(t))
	var got volume.Volume
	under(t, "cinder POST /action$ after:500 1", func() {
		require.NoError(t, v.do(volume.Extend.Workflow, volume.ExtendSpec{RunOptions: options, Volume: v.name, Size: 2},
			&got))
	})
	require.Equal(t, 2, v.now().Size)
	save := volume.SnapshotSpec{RunOptions: options, Volume: v.name, Name: v.name + "-monday"}
	broken(t, "snapshot_fail", func() {
		require.ErrorContains(t, v.do(volume.Snapshot.Workflow, save, nil), "error")
		require.Empty(t, saves(t, save.Name), "what cinder failed to save is not left")
	})
	var saved volume.CreatedSnapshot
	under(t, "cinder POST /snapshots$ drop 1", func() {
		require.NoError(t, v.do(volume.Snapshot.Workflow, save, &saved))
	})
	require.Len(t, saves(t, save.Name), 1, "nothing twice")
	require.ErrorContains(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name}, nil),
		"snapshot")
	require.Equal(t, "available", v.now().Status)
	require.NoError(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name, Purge: true},
		nil))
	require.Empty(t, saves(t, save.Name))
	requireSame(t, before)
}

// A volume that was created by hand is adopted. A released volume belongs to nobody.
func TestAVolumeIsAdoptedAndReleasedOrAsItWas(t *testing.T) {
	before := inventory(t)
	v := volumeForChanges(t, worker(t))
	mark := ownership.MarkSpec{RunOptions: options, Kind: activities.KindVolume, Name: v.name}
	if faultFile != "" {
		under(t, "cinder DELETE /metadata/ 403",
			func() { require.Error(t, v.do(ownership.Release.Workflow, mark, nil)) })
		require.Contains(t, v.now().Metadata, "novaflow_mark")
	}
	under(t, "cinder DELETE /metadata/ after:500 1",
		func() { require.NoError(t, v.do(ownership.Release.Workflow, mark, nil)) })
	require.Empty(t, v.now().Metadata)
	require.ErrorContains(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name}, nil),
		"not created by novaflow")
	if faultFile != "" {
		under(t, "cinder POST /metadata$ 400", func() { require.Error(t, v.do(ownership.Adopt.Workflow, mark, nil)) })
		require.Empty(t, v.now().Metadata)
	}
	var got ownership.Adopted
	under(t, "cinder POST /metadata$ drop 1", func() { require.NoError(t, v.do(ownership.Adopt.Workflow, mark, &got)) })
	require.Equal(t, string(got.Mark), v.now().Metadata["novaflow_mark"])
	require.NoError(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name}, nil))
	requireSame(t, before)
}

// An attachment that fails on its way must not keep a volume from being deleted.
func TestAVolumeAndAPortAreAttachedAndDetachedOrAreFree(t *testing.T) {
	before := inventory(t)
	c := forChanges(t, false)
	v := volumeForChanges(t, c.queue)
	attach := server.AttachVolumeSpec{RunOptions: options, Server: c.spec.Name, Volume: v.name}
	broken(t, "volume_attach_fail", func() {
		require.Error(t, c.do(server.AddVolume.Workflow, attach, nil))
		require.Equal(t, "available", v.now().Status)
	})
	c.cancelledAt("attached", server.AddVolume.Workflow, attach)
	require.Equal(t, "available", v.now().Status)
	under(t, "nova POST /os-volume_attachments$ drop 1", func() {
		require.NoError(t, c.do(server.AddVolume.Workflow, attach, nil))
	})
	require.Len(t, v.now().Attachments, 1, "nothing twice")
	require.ErrorContains(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name}, nil),
		"server")
	require.NoError(t, c.do(server.RemoveVolume.Workflow, attach, nil))
	require.Equal(t, "available", v.now().Status)
	var port server.Attached
	require.NoError(t, c.do(server.AddPort.Workflow,
		server.AddPortSpec{RunOptions: options, Server: c.spec.Name, Network: networkName}, &port))
	require.NoError(t, c.do(server.RemovePort.Workflow,
		server.RemovePortSpec{RunOptions: options, Server: c.spec.Name, Port: port.Port}, nil))
	require.NoError(t, v.do(volume.Delete.Workflow, volume.DeleteSpec{RunOptions: options, Volume: v.name}, nil))
	remove(t, c.queue, c.spec)
	requireSame(t, before)
}
