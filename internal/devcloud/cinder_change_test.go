package devcloud_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// Cinder changes the size when the extension is done, not when it is accepted:
// who looks at the size alone would go on too early.
func TestAVolumeHasItsNewSizeWhenItIsExtended(t *testing.T) {
	c := start(t, devcloud.Options{NoTraps: true})
	k := connect(t, c, "devcloud")
	v := k.newVolume("v")
	extend := func(size int) error {
		return volumes.ExtendSize(k.ctx, k.volume, v.ID, volumes.ExtendSizeOpts{NewSize: size}).ExtractErr()
	}
	for _, size := range []int{0, 1} {
		k.status(http.StatusBadRequest, extend(size))
	}
	k.status(http.StatusRequestEntityTooLarge, extend(1_000_000))
	c.AddFault(devcloud.Fault{Service: "cinder", Method: "POST", Path: "/action$", Action: "slow:200ms", Count: 1})
	require.NoError(t, extend(3))
	now, err := volumes.Get(k.ctx, k.volume, v.ID).Extract()
	require.NoError(t, err)
	require.Equal(t, "extending 1", now.Status+" "+string(rune('0'+now.Size)))
	require.Eventually(t, func() bool {
		now, err := volumes.Get(k.ctx, k.volume, v.ID).Extract()
		return err == nil && now.Status == "available" && now.Size == 3
	}, 10*time.Second, 20*time.Millisecond)
	c.AddFault(devcloud.Fault{Service: "cinder", Method: "POST", Path: "/action$", Action: "error", Count: 1})
	require.NoError(t, extend(4))
	now, err = volumes.Get(k.ctx, k.volume, v.ID).Extract()
	require.NoError(t, err)
	require.Equal(t, "error_extending", now.Status)
	require.Equal(t, 3, now.Size)
	require.NoError(t, volumes.Delete(k.ctx, k.volume, v.ID, nil).ExtractErr())
	require.Empty(t, k.listVolumes(volumes.ListOpts{}))
}

// As cinder 21 answers, which reverts to the latest snapshot alone, and leaves a
// snapshot of its own when that fails.
func TestAVolumeIsRevertedToItsLatestSnapshotAlone(t *testing.T) {
	c := start(t, devcloud.Options{NoTraps: true})
	k := connect(t, c, "devcloud")
	v := k.newVolume("v")
	snap := func() *snapshots.Snapshot {
		s, err := snapshots.Create(k.ctx, k.volume, snapshots.CreateOpts{VolumeID: v.ID}).Extract()
		require.NoError(t, err)
		return s
	}
	first, second := snap(), snap()
	revert := func(version, id string) error {
		k.volume.Microversion = version
		defer func() { k.volume.Microversion = "" }()
		_, err := k.volume.Post(k.ctx, k.volume.ServiceURL("volumes", v.ID, "action"),
			map[string]any{"revert": map[string]string{"snapshot_id": id}}, nil, nil)
		return err
	}
	k.status(http.StatusNotFound, revert("3.39", second.ID))
	k.status(http.StatusBadRequest, revert("3.40", first.ID))
	require.Error(t, revert("3.40", ""))
	require.NoError(t, revert("3.40", second.ID))
	require.Equal(t, "available", k.listVolumes(volumes.ListOpts{})[0].Status)
	c.AddFault(devcloud.Fault{Service: "cinder", Method: "POST", Path: "/action$", Action: "error", Count: 1})
	require.NoError(t, revert("3.40", second.ID))
	require.Equal(t, "error", k.listVolumes(volumes.ListOpts{})[0].Status)
	k.status(http.StatusBadRequest, revert("3.40", second.ID))
	_, err := snapshots.Create(k.ctx, k.volume, snapshots.CreateOpts{VolumeID: v.ID}).Extract()
	require.ErrorContains(t, err, "The snapshot cannot be created when the volume is in error status.")
	_, err = volumes.Create(k.ctx, k.volume, volumes.CreateOpts{SnapshotID: first.ID, Size: 2}, nil).Extract()
	require.NoError(t, err)
}
