package activities

import (
	"context"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/volumeattach"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/saga"
)

// TestVolumeThatHangsIsNamed: a volume hangs in detaching. Whoever looks why the run
// is STUCK must read which one and in which state, and nobody sets that state.
// https://bugs.launchpad.net/nova/+bug/2019078
func TestVolumeThatHangsIsNamed(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	w.clouds.SetPatience(20 * time.Millisecond)
	m := w.machine(t)
	undo(t, w, "associate", (*Network)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "fip", (*Network)(nil).DeleteFloatingIP, m.fip, nil)
	w.dev.AddFault(devcloud.Fault{Service: "nova", Method: "DELETE", Path: "/os-volume_attachments/", Action: "stuck"})
	c, err := w.clouds.open(context.Background(), w.cloud)
	require.NoError(t, err)
	require.NoError(t, volumeattach.Delete(context.Background(), c.compute, m.made.ID, m.attach.VolumeID).ExtractErr())
	u := saga.Undo[AttachVolumeInput, Attachment]{Task: "attach", Mark: w.mark("attach"), In: m.attach}
	for verb, activity := range map[string]any{"detach": (*Compute)(nil).DetachVolume, "put back": (*Compute)(nil).PutVolumeBack} {
		_, err := w.environment().ExecuteActivity(activity, u)
		app := application(t, err)
		require.False(t, app.NonRetryable())
		require.Contains(t, app.Message(), verb+" volume "+m.attach.VolumeID)
		require.Contains(t, app.Message(), m.made.ID+": the volume is still detaching")
	}
	require.Zero(t, w.dev.Calls()["cinder POST /volumes/{id}/action"])
	w.dev.ClearFaults()
	undo(t, w, "attach", (*Compute)(nil).DetachVolume, m.attach, nil)
	undo(t, w, "server", (*Compute)(nil).DeleteServer, m.server, &m.made)
	m.removeRest(t, w)
}
