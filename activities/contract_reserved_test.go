package activities

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/attachments"
	"github.com/stretchr/testify/require"

	"novaflow/saga"
)

// reserve reserves a volume for a server, as nova does before it attaches it.
func (w *world) reserve(t *testing.T, volume, server string) (give func()) {
	t.Helper()
	c, err := w.clouds.open(t.Context(), w.cloud)
	require.NoError(t, err)
	versioned := *c.volume
	versioned.Microversion = attachmentsVersion
	a, err := attachments.Create(t.Context(), &versioned, attachments.CreateOpts{VolumeUUID: volume, InstanceUUID: server}).Extract()
	require.NoError(t, err)
	return func() { require.NoError(t, attachments.Delete(t.Context(), &versioned, a.ID).ExtractErr()) }
}

// hasty is the world with workers that wait for nothing that is refused.
func (w *world) hasty() *world {
	clouds := *NewClouds(w.clouds.files...) //nolint:govet // nothing is held yet
	clouds.looks, clouds.lookPause, clouds.patience = w.clouds.looks, w.clouds.lookPause, time.Millisecond
	other := *w
	other.clouds = &clouds
	return &other
}

// Nova died after it had reserved a volume, and the server was deleted: nobody could
// delete the volume any more, and the delete of the server was STUCK.
// https://bugs.launchpad.net/nova/+bug/2019078
func reservedForNobody(t *testing.T, w *world) {
	w = w.hasty()
	v := w.volume(t, "data", CreateVolumeInput{SizeGiB: 1})
	w.reserve(t, v.ID, uuid.NewString())
	undo(t, w, "data", (*Volumes)(nil).DeleteVolume, CreateVolumeInput{}.on(w), nil)
}

// A reservation of a server that is there is nova's to give back.
func reservedForAServer(t *testing.T, w *world) {
	w = w.hasty()
	plan := w.plan(t)
	in := CreateServerInput{Cloud: w.cloud, Name: w.run, ImageID: plan.ImageID, FlavorID: plan.FlavorID}
	server := must(t, w, "server", (*Compute)(nil).CreateServer, in)
	_, err := call(t, w, (*Compute)(nil).WaitServer, ServerWait{Cloud: w.cloud, ID: server.ID, Name: w.run})
	require.NoError(t, err)
	v := w.volume(t, "data", CreateVolumeInput{SizeGiB: 1})
	give := w.reserve(t, v.ID, server.ID)
	_, err = w.environment().ExecuteActivity((*Volumes)(nil).DeleteVolume,
		saga.Undo[CreateVolumeInput, Volume]{Task: "data", Mark: w.mark("data"), In: CreateVolumeInput{}.on(w), Cause: "test"})
	require.False(t, application(t, err).NonRetryable())
	give()
	undo(t, w, "server", (*Compute)(nil).DeleteServer, in, nil)
	undo(t, w, "data", (*Volumes)(nil).DeleteVolume, CreateVolumeInput{}.on(w), nil)
}
