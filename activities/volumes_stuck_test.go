package activities

import (
	"context"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/volumeattach"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// TestVolumeThatHangsIsNamed: a volume hangs in detaching, however often nova is asked.
// A user who asks why the run is STUCK must read which volume hangs, and in which state.
// A detach may be started again. A volume that must be attached again is left alone, as
// nova may still detach it.
// https://bugs.launchpad.net/nova/+bug/2019078
func TestVolumeThatHangsIsNamed(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	w.clouds.SetPatience(300 * time.Millisecond)
	m := w.machine(t)
	undo(t, w, "associate", (*neutron.Activities)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "DELETE", Path: "/os-volume_attachments/", Action: "stuck"})
	c, err := w.clouds.Open(context.Background(), w.cloud)
	require.NoError(t, err)
	require.NoError(t, volumeattach.Delete(context.Background(), c.Compute, m.made.ID, m.attach.VolumeID).ExtractErr())
	// of another run than the server's, which its undo would free
	u := saga.Undo[attach.AttachVolumeInput, attach.Attachment]{Task: "attach", Mark: w.fresh(t).mark("attach"),
		In: m.attach}
	const again = "cinder POST /volumes/{id}/action"
	for verb, c := range map[string]struct {
		activity any
		rolled   int
	}{"detach": {(*attach.Activities)(nil).DetachVolume, 1}, "put back": {(*attach.Activities)(nil).ReattachVolume,
		0}} {
		before := w.dev.Calls()[again]
		_, err := w.environment().ExecuteActivity(c.activity, u)
		require.Equal(t, c.rolled, w.dev.Calls()[again]-before, verb)
		app := application(t, err)
		require.False(t, app.NonRetryable())
		require.Contains(t, app.Message(), verb+" volume "+m.attach.VolumeID)
		require.Contains(t, app.Message(), m.made.ID+": the volume is still detaching")
	}
	w.dev.ClearFaults()
	undo(t, w, "attach", (*attach.Activities)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, &m.made)
	m.removeRest(t, w)
}

// TestVolumeThatNobodyWouldFreeIsNotCalledFree: a server's undo frees what nova lists
// on it. A volume that nova does not list, and that cinder says is on its way to the
// server, was called free of it, and hung for ever.
func TestVolumeThatNobodyWouldFreeIsNotCalledFree(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	w.clouds.SetPatience(300 * time.Millisecond)
	plan := w.plan(t)
	in := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, FlavorID: plan.FlavorID, ImageID: plan.ImageID}
	server := must(t, w, "server", (*nova.Activities)(nil).CreateServer, in)
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: server.ID, Name: w.run})
	require.NoError(t, err)
	brought := w.fresh(t)
	v := brought.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	w.actOn(t, v.ID, "os-reserve")
	_, err = w.environment().ExecuteActivity((*attach.Activities)(nil).DetachVolume,
		saga.Undo[attach.AttachVolumeInput, attach.Attachment]{
			Task: "attach", Mark: w.mark("attach"), In: attach.AttachVolumeInput{Cloud: w.cloud, ServerID: server.ID,
				VolumeID: v.ID},
		})
	require.Contains(t, application(t, err).Message(), "the volume is still attaching")
	w.actOn(t, v.ID, "os-unreserve")
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, in, nil)
	undo(t, brought, "data", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, cinder.CreateVolumeInput{}), nil)
}
