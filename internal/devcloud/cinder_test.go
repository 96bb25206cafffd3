package devcloud_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/limits"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/quotasets"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumetypes"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

func (k *clients) listVolumes(o volumes.ListOpts) []volumes.Volume {
	k.t.Helper()
	all, err := volumes.List(k.volume, o).AllPages(k.ctx)
	require.NoError(k.t, err)
	found, err := volumes.ExtractVolumes(all)
	require.NoError(k.t, err)
	return found
}

func TestVolumesFilterAndPage(t *testing.T) {
	c := start(t, devcloud.Options{NoTraps: true})
	k := connect(t, c, "devcloud")
	for i := range 5 {
		_, err := volumes.Create(k.ctx, k.volume, volumes.CreateOpts{Name: fmt.Sprint("v", i), Size: 1,
			Metadata: map[string]string{"mark": fmt.Sprint("it's ", i)}}, nil).Extract()
		require.NoError(t, err)
	}
	require.Len(t, k.listVolumes(volumes.ListOpts{Limit: 2}), 5, "all pages together")
	require.Equal(t, "v4", k.listVolumes(volumes.ListOpts{})[0].Name, "newest first")
	require.Equal(t, "v0", k.listVolumes(volumes.ListOpts{Sort: "name:asc", Limit: 2})[0].Name)
	require.Len(t, k.listVolumes(volumes.ListOpts{Name: "v3"}), 1)
	require.Len(t, k.listVolumes(volumes.ListOpts{Status: "available"}), 5)
	require.Empty(t, k.listVolumes(volumes.ListOpts{Metadata: map[string]string{"mark": "none"}}))
	require.Empty(t, connect(t, c, "devcloud-other").listVolumes(volumes.ListOpts{}))
}

func TestVolumesAreFoundByMetadata(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	v, err := volumes.Create(k.ctx, k.volume,
		volumes.CreateOpts{Name: "web", Size: 1, Metadata: map[string]string{"mark": "novaflow:r/t#1"}}, nil).Extract()
	require.NoError(t, err)
	found := k.listVolumes(volumes.ListOpts{Metadata: map[string]string{"mark": "novaflow:r/t#1"}})
	require.Len(t, found, 1)
	require.Equal(t, v.ID, found[0].ID, "and not the trap of the same name")
}

func TestVolumeIsMadeAfterItsTime(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{BuildTime: time.Second}), "devcloud")
	v := k.newVolume("slow")
	require.Equal(t, "creating", v.Status)
	k.status(http.StatusBadRequest, volumes.Delete(k.ctx, k.volume, v.ID, nil).ExtractErr())
	require.Eventually(t, func() bool {
		return len(k.listVolumes(volumes.ListOpts{Name: "slow",
			Status: "available"})) == 1
	}, 10*time.Second, 20*time.Millisecond)
}

func TestVolumeQuotaIsOverLimit(t *testing.T) {
	c := start(t, devcloud.Options{NoTraps: true, Quotas: map[string]int{"volumes": 1, "gigabytes": 3}})
	k := connect(t, c, "devcloud")
	create := func(size int) error {
		_, err := volumes.Create(k.ctx, k.volume, volumes.CreateOpts{Size: size}, nil).Extract()
		return err
	}
	k.status(http.StatusRequestEntityTooLarge, create(4))
	require.NoError(t, create(1))
	err := create(1)
	k.status(http.StatusRequestEntityTooLarge, err)
	require.ErrorContains(t, err, "VolumeLimitExceeded")
	l, err := limits.Get(k.ctx, k.volume).Extract()
	require.NoError(t, err)
	require.Equal(t, 1, l.Absolute.TotalGigabytesUsed)
	q, err := quotasets.GetUsage(k.ctx, k.volume, k.listVolumes(volumes.ListOpts{})[0].TenantID).Extract()
	require.NoError(t, err)
	require.Equal(t, 1, q.Volumes.InUse)
}

func TestSnapshotsHoldTheirVolume(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	before := c.Inventory()
	v := k.newVolume("base")
	s, err := snapshots.Create(k.ctx, k.volume, snapshots.CreateOpts{VolumeID: v.ID, Name: "s"}).Extract()
	require.NoError(t, err)
	k.status(http.StatusBadRequest, volumes.Delete(k.ctx, k.volume, v.ID, nil).ExtractErr())
	w, err := volumes.Create(k.ctx, k.volume, volumes.CreateOpts{SnapshotID: s.ID, Name: "copy"}, nil).Extract()
	require.NoError(t, err)
	require.Equal(t, v.Size, w.Size)
	require.NoError(t, volumes.ExtendSize(k.ctx, k.volume, w.ID, volumes.ExtendSizeOpts{NewSize: 2}).ExtractErr())
	require.NoError(t, snapshots.Delete(k.ctx, k.volume, s.ID).ExtractErr())
	for _, id := range []string{v.ID, w.ID} {
		require.NoError(t, volumes.Delete(k.ctx, k.volume, id, nil).ExtractErr())
	}
	require.Equal(t, before, c.Inventory())
}

func TestVolumeTypes(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	all, err := volumetypes.List(k.volume, nil).AllPages(k.ctx)
	require.NoError(t, err)
	found, err := volumetypes.ExtractVolumeTypes(all)
	require.NoError(t, err)
	require.Len(t, found, 1)
	_, err = volumes.Create(k.ctx, k.volume, volumes.CreateOpts{Size: 1, VolumeType: "none"}, nil).Extract()
	k.status(http.StatusNotFound, err)
}
