package activities

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/attachments"
	"github.com/stretchr/testify/require"

	"novaflow/activities/cinder"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/saga"
)

// reserve reserves a volume for a server, as nova does before it attaches it.
func (w *world) reserve(t *testing.T, volume, server string) {
	t.Helper()
	c, err := w.clouds.Open(t.Context(), w.cloud)
	require.NoError(t, err)
	versioned := *c.Volume
	versioned.Microversion = "3.27" // in which attachments came
	_, err = attachments.Create(t.Context(), &versioned, attachments.CreateOpts{VolumeUUID: volume,
		InstanceUUID: server}).Extract()
	require.NoError(t, err)
}

// hasty is the world with workers that wait for nothing that is refused.
func (w *world) hasty() *world {
	other := *w
	other.clouds = w.anew()
	other.clouds.SetPatience(time.Millisecond)
	return &other
}

// Nova died after it had reserved a volume, and the server was deleted: nobody could
// delete the volume any more, and the delete of the server was STUCK; a user's own volume
// was not released.
// https://bugs.launchpad.net/nova/+bug/2019078
func reservedForNobody(t *testing.T, w *world) {
	w = w.hasty()
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	w.reserve(t, v.ID, uuid.NewString())
	undo(t, w, "brought", (*attach.Activities)(nil).ReleaseVolume,
		attach.ReserveVolumeInput{Cloud: w.cloud, VolumeID: v.ID}, nil)
	require.Equal(t, "available", w.volumeStatus(t, v.ID))
	w.reserve(t, v.ID, uuid.NewString())
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, cinder.CreateVolumeInput{}), nil)
}

// volumeStatus is what cinder says of a volume.
func (w *world) volumeStatus(t *testing.T, volume string) string {
	t.Helper()
	return lookAt(t, w, cinder.Volumes, volume).Status
}

// actOn asks cinder for what nova asks it for.
func (w *world) actOn(t *testing.T, volume, action string) {
	t.Helper()
	c, err := w.clouds.Open(t.Context(), w.cloud)
	require.NoError(t, err)
	_, err = c.Volume.Post(t.Context(), c.Volume.ServiceURL("volumes", volume, "action"), map[string]any{action: nil},
		nil,
		&gophercloud.RequestOpts{OkCodes: []int{http.StatusAccepted}})
	require.NoError(t, err)
}

// Nova died in the middle of a detachment: nova and cinder refused to begin again, and
// the undo of an attachment was STUCK until an administrator came.
// https://bugs.launchpad.net/nova/+bug/2019078
func detachmentThatNovaForgot(t *testing.T, w *world) {
	m := w.machine(t)
	w.actOn(t, m.attach.VolumeID, "os-begin_detaching")
	require.Equal(t, "detaching", w.volumeStatus(t, m.attach.VolumeID))
	take := saga.Undo[attach.AttachVolumeInput, attach.Attachment]{Task: "attach", Mark: w.fresh(t).mark("attach"),
		In: m.attach, Cause: "test"}
	_, err := w.hasty().environment().ExecuteActivity((*attach.Activities)(nil).DetachVolume, take)
	require.False(t, err != nil && application(t, err).NonRetryable(), "it may be too hasty to see the end")
	_, err = w.environment().ExecuteActivity((*attach.Activities)(nil).DetachVolume, take)
	require.NoError(t, err)
	require.Equal(t, "available", w.volumeStatus(t, m.attach.VolumeID))
	undo(t, w, "associate", (*neutron.Activities)(nil).DisassociateFloatingIP, m.point, nil)
	undo(t, w, "fip", (*neutron.Activities)(nil).DeleteFloatingIP, m.fip, nil)
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, m.server, &m.made)
	m.removeRest(t, w)
}

// While the server exists, only nova may end the reservation of a volume, until the run
// that asked for the attachment reverts it. The bug: nova died before it created the
// attachment, and the user's volume stayed reserved.
func reservedForAServer(t *testing.T, w *world) {
	w = w.hasty()
	plan := w.plan(t)
	in := nova.CreateServerInput{Cloud: w.cloud, Name: w.run, ImageID: plan.ImageID, FlavorID: plan.FlavorID}
	server := must(t, w, "server", (*nova.Activities)(nil).CreateServer, in)
	_, err := call(t, w, (*nova.Activities)(nil).WaitServer,
		nova.ServerWait{Cloud: w.cloud, ID: server.ID, Name: w.run})
	require.NoError(t, err)
	v := w.volume(t, "data", cinder.CreateVolumeInput{SizeGiB: 1})
	w.reserve(t, v.ID, server.ID)
	_, err = w.environment().ExecuteActivity((*cinder.Activities)(nil).DeleteVolume,
		saga.Undo[cinder.CreateVolumeInput, cinder.Volume]{Task: "data", Mark: w.mark("data"),
			In: onCloud(w, cinder.CreateVolumeInput{}), Cause: "test"})
	require.False(t, application(t, err).NonRetryable())
	pair := attach.AttachVolumeInput{Cloud: w.cloud, ServerID: server.ID, VolumeID: v.ID}
	undo(t, w, "attach", (*attach.Activities)(nil).DetachVolume, pair, nil)
	require.Equal(t, "available", w.volumeStatus(t, v.ID))
	undo(t, w, "server", (*nova.Activities)(nil).DeleteServer, in, nil)
	undo(t, w, "data", (*cinder.Activities)(nil).DeleteVolume, onCloud(w, cinder.CreateVolumeInput{}), nil)
}
