package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/attachments"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/saga/sagatest"
	"novaflow/workflows/server"
	"novaflow/workflows/spec"
	"novaflow/workflows/volume"
)

var (
	onDevcloud   = spec.RunOptions{Cloud: "devcloud"}
	aVolume      = volume.CreateSpec{RunOptions: onDevcloud, Name: "data-1", Size: 1, Image: "tiny"}
	aSnapshot    = volume.SnapshotSpec{RunOptions: onDevcloud, Volume: "data-1", Name: "monday"}
	deleteVolume = volume.DeleteSpec{RunOptions: onDevcloud, Volume: "data-1", Purge: true}
	anAttachment = server.AttachVolumeSpec{RunOptions: onDevcloud, Server: "web-1", Volume: "data-1"}
)

// cinderTroubles are those troubles that flows of volumes meet.
var cinderTroubles = slices.DeleteFunc(slices.Clone(troubles), func(tr trouble) bool {
	return !slices.Contains([]string{"slow builds", "lists lag", "answers to POST are lost"}, tr.name)
})

// volumeRefusals are clouds in which cinder accepts a request and cannot do it.
var volumeRefusals = []trouble{
	{name: "volumes end in error", refuses: true, faults: []devcloud.Fault{{Service: "cinder", Method: "POST",
		Path: "/(volumes|snapshots)$", Action: "error", Text: "no backend has room"}}},
	{name: "quota full when it is made", refuses: true,
		faults: []devcloud.Fault{{Service: "cinder", Method: "POST", Path: "/(volumes|snapshots)$", Action: "own:413",
			Text: "VolumeLimitExceeded: Maximum number of volumes allowed exceeded"}}},
}

// fewWorlds are the clean cloud, its troubles and its refusals, each with a sample.
func fewWorlds(more []trouble, prepare func(testing.TB, *cloudWorld)) []sagatest.Start {
	starts := worlds(slices.Concat(cinderTroubles, more), perTrouble, prepare)
	starts[0].Sample = perClean / 5
	return starts
}

// atOnce leaves out the world in which cinder goes on when a run was cut off. No run
// waits there for what it cannot revert.
func atOnce(starts []sagatest.Start) []sagatest.Start {
	return slices.DeleteFunc(starts, func(s sagatest.Start) bool { return s.Name == "slow builds" })
}

// inverse deletes the volume and all its snapshots.
func inverseOfVolume(sagatest.Result) (any, any) {
	return volume.Delete.Workflow, deleteVolume
}

// A volume is created or not, whatever happens to which task. A delete leaves no trace of
// it.
func TestVolumeCreateLeavesNothingOrExactlyItself(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: volume.Create.Workflow, Input: aVolume, Pairs: pairs / 3, Inverse: inverseOfVolume,
		Check: volumeIs(func(v volume.Volume) bool { return v.Status == "available" && v.Size == 1 }),
	}, fewWorlds(volumeRefusals, func(testing.TB, *cloudWorld) {})...)
	requireAll(t, r, 3)
}

// volumeIs fails unless the result is as it must be.
func volumeIs(right func(volume.Volume) bool) func(sagatest.World, sagatest.Result) error {
	return func(_ sagatest.World, result sagatest.Result) error {
		var v volume.Volume
		if err := result(&v); err != nil {
			return err
		}
		if !right(v) {
			return fmt.Errorf("the volume is not as asked for: %+v", v)
		}
		return nil
	}
}

// withVolume is a cloud in which a run has created the volume.
func withVolume(t testing.TB, w *cloudWorld) { w.run(t, volume.Create.Workflow, aVolume) }

// A delete takes the volume with its snapshots, and nothing else.
func TestVolumeDeleteRemovesTheVolumeAndNothingElse(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: volume.Delete.Workflow, Input: deleteVolume, ForwardOnly: true,
		NothingLeft: thereIsNo("volume"),
		Check:       asBefore,
	}, append(fewWorlds(nil, withSnapshot),
		sagatest.Start{Name: "reserved for a server that is gone", Sample: perTrouble, Open: withForgottenVolume})...)
	requireAll(t, r, 3)
}

// withSnapshot is a cloud in which the volume has a snapshot.
func withSnapshot(t testing.TB, w *cloudWorld) {
	withVolume(t, w)
	w.run(t, volume.Snapshot.Workflow, aSnapshot)
}

// withForgottenVolume is a cloud in which nova and cinder disagree: nova has reserved the
// volume for a server, and knows nothing of that server any more.
func withForgottenVolume(t testing.TB) sagatest.World {
	w := openWorld(t, devcloud.Options{})
	w.clouds.SetPatience(10 * time.Millisecond) // it is refused until then
	withSnapshot(t, w)
	_, volumeAPI, _ := w.services(t)
	volumeAPI.Microversion = "3.27" // in which attachments came
	_, err := attachments.Create(t.Context(), volumeAPI,
		attachments.CreateOpts{VolumeUUID: w.idOf(t, "volume", "data-1"), InstanceUUID: uuid.NewString()}).Extract()
	require.NoError(t, err)
	return w
}

// A repeated or lost request must not add to the size, and a refused one must
// leave it.
func TestVolumeExtendReachesItsSizeOrChangesNothing(t *testing.T) {
	t.Parallel()
	req := volume.ExtendSpec{RunOptions: onDevcloud, Volume: "data-1", Size: 3}
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: volume.Extend.Workflow, Input: req, Pairs: pairs / 3,
		Check: volumeIs(func(v volume.Volume) bool { return v.Size == 3 && v.Status == "available" }),
	}, atOnce(fewWorlds(nil, withVolume))...)
	requireAll(t, r, 3)
}

// A snapshot is created or not, and the volume stays as it is.
func TestVolumeSnapshotLeavesNothingOrExactlyItself(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: volume.Snapshot.Workflow, Input: aSnapshot, Pairs: pairs / 3,
		Check: func(_ sagatest.World, result sagatest.Result) error {
			var s volume.CreatedSnapshot
			if err := result(&s); err != nil || s.Status != "available" || s.Size != 1 {
				return fmt.Errorf("the snapshot is not as asked for: %+v, %w", s, err)
			}
			return nil
		},
	}, fewWorlds(volumeRefusals, withVolume)...)
	requireAll(t, r, 3)
}

// A restore is done or refused; what cannot be reverted is not tried.
func TestVolumeRestoreIsDoneOrChangesNothing(t *testing.T) {
	t.Parallel()
	req := volume.RestoreSpec{RunOptions: onDevcloud, Volume: "data-1", Snapshot: "monday"}
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: volume.Restore.Workflow, Input: req, Pairs: pairs / 3,
		Check: volumeIs(func(v volume.Volume) bool { return v.Status == "available" }),
	}, atOnce(fewWorlds(nil, withSnapshot))...)
	requireAll(t, r, 3)
}

// withServerAndVolume is a cloud in which there are a server and a volume.
func withServerAndVolume(t testing.TB, w *cloudWorld) {
	w.run(t, server.Create.Workflow, smallServer)
	withVolume(t, w)
}

// withAttached is a cloud in which the server has the volume.
func withAttached(t testing.TB, w *cloudWorld) {
	withServerAndVolume(t, w)
	w.run(t, server.AddVolume.Workflow, anAttachment)
}

// The server has the volume in the end, or the volume is available.
func TestServerAddVolumeAttachesOrLeavesTheVolumeFree(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.AddVolume.Workflow, Input: anAttachment, Pairs: pairs / 3,
		Inverse: func(sagatest.Result) (any, any) { return server.RemoveVolume.Workflow, anAttachment },
		Check:   statusOf("volume", "data-1", "in-use"),
	}, fewWorlds(nil, withServerAndVolume)...)
	requireAll(t, r, 3)
}

// statusOf fails unless the resource of that kind and name has the status.
func statusOf(kind, name, status string) func(sagatest.World, sagatest.Result) error {
	return func(w sagatest.World, _ sagatest.Result) error {
		for _, o := range w.(*cloudWorld).Cloud.Inventory() {
			if o.Kind == kind && o.Name == name && o.Project == "demo" && aMark.MatchString(o.Mark) {
				if o.Status != status {
					return fmt.Errorf("%s %s is %s and not %s", kind, name, o.Status, status)
				}
				return nil
			}
		}
		return fmt.Errorf("there is no %s %s", kind, name)
	}
}

// The volume is free in the end, or the server has it again.
func TestServerRemoveVolumeDetachesOrPutsItBack(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.RemoveVolume.Workflow, Input: anAttachment, Pairs: pairs / 3,
		Inverse: func(sagatest.Result) (any, any) { return server.AddVolume.Workflow, anAttachment },
		Check:   statusOf("volume", "data-1", "available"),
	}, fewWorlds(nil, withAttached)...)
	requireAll(t, r, 3)
}

var aPort = server.AddPortSpec{RunOptions: onDevcloud, Server: "web-1", Network: "private"}

// A new port is attached, or gone.
func TestServerAddPortAttachesOrLeavesNothing(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.AddPort.Workflow, Input: aPort, Pairs: pairs / 3,
		Inverse: func(result sagatest.Result) (any, any) {
			var a server.Attached
			_ = result(&a) // an empty port is refused, and that is seen
			return server.RemovePort.Workflow,
				server.RemovePortSpec{RunOptions: onDevcloud, Server: "web-1", Port: a.Port}
		},
		Check: statusOf("port", "web-1-port", "ACTIVE"),
	}, fewWorlds(nil, func(t testing.TB, w *cloudWorld) { w.run(t, server.Create.Workflow, smallServer) })...)
	requireAll(t, r, 4)
}

// A port is detached or the server has it again, and one of ours is deleted.
func TestServerRemovePortDetachesOrPutsItBack(t *testing.T) {
	t.Parallel()
	r := sagatest.Prove(t, sagatest.Flow{
		Workflow: server.RemovePort.Workflow, Pairs: pairs / 3,
		Input: server.RemovePortSpec{RunOptions: onDevcloud, Server: "web-1", Port: "web-1-port"},
	}, fewWorlds(nil, func(t testing.TB, w *cloudWorld) {
		w.run(t, server.Create.Workflow, smallServer)
		w.run(t, server.AddPort.Workflow, aPort)
	})...)
	requireAll(t, r, 4)
}
