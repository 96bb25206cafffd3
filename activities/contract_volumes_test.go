package activities

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
)

// volume creates a volume that is available.
func (w *world) volume(t *testing.T, task string, in cinder.CreateVolumeInput) cinder.Volume {
	t.Helper()
	in.Cloud, in.Name = w.cloud, w.run+"-"+task
	made := must(t, w, task, (*cinder.Activities)(nil).CreateVolume, in)
	v, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: made.ID, Name: made.Name, Status: "available"})
	require.NoError(t, err)
	return v
}

func volumeLife(t *testing.T, w *world) {
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	larger := cinder.ExtendVolumeInput{Cloud: w.cloud, VolumeID: v.ID, Name: v.Name, SizeGiB: 2}
	for range 2 { // a repeated request must not add to the size
		must(t, w, "extend", (*cinder.Activities)(nil).ExtendVolume, larger)
		grown, err := call(t, w, (*cinder.Activities)(nil).WaitExtended, larger)
		require.NoError(t, err)
		require.Equal(t, 2, grown.SizeGiB)
	}

	in := cinder.CreateSnapshotInput{Cloud: w.cloud, Name: w.run + "-snapshot", VolumeID: v.ID}
	s := must(t, w, "snapshot", (*cinder.Activities)(nil).CreateSnapshot, in)
	require.Equal(t, s.ID, must(t, w, "snapshot", (*cinder.Activities)(nil).CreateSnapshot, in).ID,
		"a repeated create makes no twin")
	s, err := call(t, w, (*cinder.Activities)(nil).WaitSnapshot,
		cinder.SnapshotWait{Cloud: w.cloud, ID: s.ID, Name: s.Name})
	require.NoError(t, err)
	require.Equal(t, 2, s.SizeGiB)

	plan, err := call(t, w, (*cinder.Activities)(nil).CheckVolume,
		cinder.VolumeQuery{Cloud: w.cloud, Name: w.run + "-restored", Snapshot: s.Name})
	require.NoError(t, err)
	require.Equal(t, s.ID, plan.Snapshot.ID)
	require.Equal(t, 2, plan.SizeGiB, "the size of the snapshot")
	restored := cinder.CreateVolumeInput{SizeGiB: plan.SizeGiB, SnapshotID: plan.Snapshot.ID}
	r := w.volume(t, "restored", restored)
	require.Equal(t, 2, r.SizeGiB)

	_, err = call(t, w, (*cinder.Activities)(nil).ResolveOwnedVolume,
		cinder.OwnedVolumeQuery{Cloud: w.cloud, Volume: v.Name})
	require.Contains(t, application(t, err).Message(), "it has snapshots")
	owned, err := call(t, w, (*cinder.Activities)(nil).ResolveOwnedVolume,
		cinder.OwnedVolumeQuery{Cloud: w.cloud, Volume: v.Name, Snapshots: true})
	require.NoError(t, err)
	require.Len(t, owned.Snapshots, 1)

	undo(t, w, "snapshot", (*cinder.Activities)(nil).DeleteSnapshot, in, nil)
	undo(t, w, "snapshot", (*cinder.Activities)(nil).DeleteSnapshot, in, &s)
	must(t, w, "remove", (*cinder.Activities)(nil).RemoveSnapshot, s.OwnedObject)
	undo(t, w, "restored", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, restored), nil)
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, cinder.CreateVolumeInput{}), nil)
}

func onCloud(w *world, in cinder.CreateVolumeInput) cinder.CreateVolumeInput {
	in.Cloud = w.cloud
	return in
}

// volumeRevert: the drivers of some clouds cannot revert. Then the volume is in
// error, and cinder leaves a snapshot of its own behind, which is not ours.
func volumeRevert(t *testing.T, w *world) {
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	names := []string{w.run + "-first", w.run + "-second"}
	made := map[string]cinder.Snapshot{}
	for _, name := range names {
		s := must(t, w, name, (*cinder.Activities)(nil).CreateSnapshot,
			cinder.CreateSnapshotInput{Cloud: w.cloud, Name: name, VolumeID: v.ID})
		_, err := call(t, w, (*cinder.Activities)(nil).WaitSnapshot, cinder.SnapshotWait{Cloud: w.cloud, ID: s.ID})
		require.NoError(t, err)
		made[name] = s
		<-time.After(time.Second) // cinder's clock has seconds: the next one is later by one at least
	}
	q := cinder.VolumeChangeQuery{Cloud: w.cloud, Volume: v.Name, Change: cinder.ChangeRevert, Snapshot: names[0]}
	_, err := call(t, w, (*cinder.Activities)(nil).CheckVolumeChange, q)
	require.Contains(t, application(t, err).Message(), "is not its latest")
	_, err = do(t, w, "revert", (*cinder.Activities)(nil).RevertVolume,
		cinder.RevertVolumeInput{Cloud: w.cloud, VolumeID: v.ID, SnapshotID: made[names[0]].ID})
	require.Contains(t, application(t, err).Message(), "not the latest one", "in cinder's words")
	for _, name := range names {
		undo(t, w, name, (*cinder.Activities)(nil).DeleteSnapshot, cinder.CreateSnapshotInput{Cloud: w.cloud}, nil)
	}
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, cinder.CreateVolumeInput{}), nil)
}

func volumeOffAndOn(t *testing.T, w *world) {
	m := w.machine(t)
	there := plan.AttachQuery{Cloud: w.cloud, Server: w.run, Volume: m.data.Name}
	_, err := call(t, w, (*plan.Activities)(nil).CheckAttach, there)
	require.Contains(t, application(t, err).Message(), "already")
	there.Detach = true
	_, err = call(t, w, (*plan.Activities)(nil).CheckAttach,
		plan.AttachQuery{Cloud: w.cloud, Server: w.run, Volume: m.boot.Name, Detach: true})
	require.Contains(t, application(t, err).Message(), "runs from")
	_, err = call(t, w, (*plan.Activities)(nil).CheckAttach, there)
	require.NoError(t, err)

	root := attach.AttachVolumeInput{Cloud: w.cloud, ServerID: m.active.ID,
		VolumeID: must(t, w, "boot", (*cinder.Activities)(nil).CreateVolume, m.boot).ID}
	_, err = do(t, w, "off", (*attach.Activities)(nil).RemoveVolumeFromServer, root)
	require.Equal(t, string(cloud.Terminal), application(t, err).Type(), "no attempt will ever be answered otherwise")
	require.Contains(t, application(t, err).Message(), "detach a root device volume")
	if w.admin().cloud != "" {
		w.setVolume(t, m.attach.VolumeID, "error")
		_, err = do(t, w, "off", (*attach.Activities)(nil).RemoveVolumeFromServer, m.attach)
		require.Equal(t, cloud.VolumeError, application(t, err).Type())
		require.Contains(t, application(t, err).Message(), "the volume is error")
		w.setVolume(t, m.attach.VolumeID, "in-use")
	}

	must(t, w, "off", (*attach.Activities)(nil).RemoveVolumeFromServer, m.attach)
	undo(t, w, "off", (*attach.Activities)(nil).ReattachVolume, m.attach, nil) // before the detachment is done
	undo(t, w, "off", (*attach.Activities)(nil).ReattachVolume, m.attach, nil)
	v, err := call(t, w, (*cinder.Activities)(nil).WaitVolume,
		cinder.VolumeWait{Cloud: w.cloud, ID: m.attach.VolumeID, Status: "in-use"})
	require.NoError(t, err)
	require.Equal(t, []string{m.active.ID}, v.Servers)
	for range 2 {
		must(t, w, "off", (*attach.Activities)(nil).RemoveVolumeFromServer, m.attach)
		v, err = call(t, w, (*attach.Activities)(nil).WaitVolumeDetached, m.attach)
		require.NoError(t, err)
		require.Equal(t, "available", v.Status)
	}
	w.takeApart(t, m)
}

// setVolume gives a volume another status, as an administrator can.
func (w *world) setVolume(t *testing.T, id, status string) {
	t.Helper()
	c, err := w.clouds.Open(context.Background(), w.admin().cloud)
	require.NoError(t, err)
	require.NoError(t, volumes.ResetStatus(context.Background(), c.Volume, id,
		volumes.ResetStatusOpts{Status: status}).ExtractErr())
}

// takeApart takes a machine away.
func (w *world) takeApart(t *testing.T, m machine) {
	t.Helper()
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, nil)
	// a server that is gone takes nothing back
	undo(t, w, "attach", (*attach.Activities)(nil).ReattachVolume, m.attach, nil)
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, m.data, nil)
	undo(t, w, "boot", (*cinder.Activities)(nil).DeleteVolume, m.boot, nil)
	undo(t, w, "port", (*neutron.Activities)(nil).DeletePort, m.port, nil)
}

func portOnAndOff(t *testing.T, w *world) {
	m := w.machine(t)
	second := neutron.CreatePortInput{Cloud: w.cloud, Name: w.run + "-second", NetworkID: m.port.NetworkID}
	port := must(t, w, "second", (*neutron.Activities)(nil).CreatePort, second)
	pair := attach.AttachPortInput{Cloud: w.cloud, ServerID: m.active.ID, PortID: port.ID}
	undo(t, w, "on", (*attach.Activities)(nil).DetachPort, pair, nil) // it was never attached
	for range 2 {
		must(t, w, "on", (*attach.Activities)(nil).AttachPort, pair)
		p, err := call(t, w, (*attach.Activities)(nil).WaitPort, pair)
		require.NoError(t, err)
		require.Equal(t, m.active.ID, p.DeviceID)
	}
	undo(t, w, "off", (*attach.Activities)(nil).ReattachPort, pair, nil)
	must(t, w, "off", (*attach.Activities)(nil).RemovePortFromServer, pair)
	undo(t, w, "off", (*attach.Activities)(nil).ReattachPort, pair, nil) // perhaps before the detachment shows
	p, err := call(t, w, (*attach.Activities)(nil).WaitPort, pair)
	require.NoError(t, err)
	require.Equal(t, m.active.ID, p.DeviceID)
	undo(t, w, "on", (*attach.Activities)(nil).DetachPort, pair, nil)
	undo(t, w, "on", (*attach.Activities)(nil).DetachPort, pair, &p)
	free, err := call(t, w, (*attach.Activities)(nil).WaitPortDetached, pair)
	require.NoError(t, err)
	require.Empty(t, free.DeviceID)
	undo(t, w, "second", (*neutron.Activities)(nil).DeletePort, second, nil)
	w.takeApart(t, m)
}

func volumeProblems(t *testing.T, w *world) {
	_, err := call(t, w, (*cinder.Activities)(nil).CheckVolume, cinder.VolumeQuery{
		Cloud: w.cloud, Name: w.run, SizeGiB: 1_000_000, Image: "tini", Snapshot: "none%' .*", Type: "fast",
		AvailabilityZone: "mars",
	})
	app := application(t, err)
	require.Equal(t, cloud.InvalidRequest, app.Type())
	require.Equal(t, 5, strings.Count(app.Message(), "\n- "), app.Message())
	for _, words := range []string{`image "tini"`, `snapshot "none%' .*"`, `volume type "fast"`, `zone "mars"`,
		"quota exceeded for gigabytes"} {
		require.Contains(t, app.Message(), words)
	}
	for _, change := range []cinder.VolumeChange{cinder.ChangeExtend, cinder.ChangeSnapshot, cinder.ChangeRevert} {
		_, err = call(t, w, (*cinder.Activities)(nil).CheckVolumeChange,
			cinder.VolumeChangeQuery{Cloud: w.cloud, Volume: w.run, Change: change, SizeGiB: 1, Snapshot: "x"})
		require.Contains(t, application(t, err).Message(), "there is no volume")
	}
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 2})
	_, err = call(t, w, (*cinder.Activities)(nil).CheckVolumeChange,
		cinder.VolumeChangeQuery{Cloud: w.cloud, Volume: v.Name, Change: cinder.ChangeExtend, SizeGiB: 1})
	require.Contains(t, application(t, err).Message(), "it has 2 GiB already")
	_, err = call(t, w, (*plan.Activities)(nil).CheckAttach,
		plan.AttachQuery{Cloud: w.cloud, Server: w.run, Volume: v.Name, Detach: true})
	require.Contains(t, application(t, err).Message(), "there is no server")
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, cinder.CreateVolumeInput{}), nil)
}
