package devcloud_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// TestDeletedServerIsKept: where nova reclaims deleted servers later, DELETE does
// not free what they have, lists do not show them, and only forceDelete ends them.
func TestDeletedServerIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cloud")
	c := start(t, devcloud.Options{File: file, ReclaimInterval: time.Hour, Quotas: map[string]int{"instances": 1}})
	k := connect(t, c, "devcloud")
	p := k.port("kept")
	o := k.opts("web")
	o.Networks = []servers.Network{{Port: p.ID}}
	id := k.create(o).ID
	require.Equal(t, "ACTIVE", k.server(id).Status)
	for range 2 { // the second one changes nothing
		require.NoError(t, servers.Delete(k.ctx, k.compute, id).ExtractErr())
		require.Equal(t, "SOFT_DELETED", k.server(id).Status)
	}
	require.Empty(t, k.listServers(servers.ListOpts{Name: "web"}))
	require.Empty(t, k.listServers(servers.ListOpts{Status: "SOFT_DELETED"}))
	require.Len(t, k.listServers(servers.ListOpts{Status: "SOFT_DELETED", ChangesSince: "2010-01-01T00:00:00Z"}), 1)
	require.Equal(t, id, k.listPorts(ports.ListOpts{ID: p.ID})[0].DeviceID)

	other := k.create(k.opts("other")).ID // the quota is free
	k.status(403, k.restore(id))
	require.NoError(t, servers.ForceDelete(k.ctx, k.compute, other).ExtractErr(), "one that was not deleted may be forced too")
	require.Zero(t, count(c, "server", "other"))
	require.NoError(t, k.restore(id))
	require.Equal(t, "ACTIVE", k.server(id).Status)
	k.status(409, k.restore(id))

	require.NoError(t, servers.Delete(k.ctx, k.compute, id).ExtractErr())
	require.Equal(t, "SOFT_DELETED", k.server(id).Status)
	require.NoError(t, servers.ForceDelete(k.ctx, k.compute, id).ExtractErr())
	require.Zero(t, count(c, "server", "web"))
	require.Empty(t, k.listPorts(ports.ListOpts{ID: p.ID})[0].DeviceID)
	k.create(k.opts("again")) // nothing is counted twice
}

// restore brings a deleted server back.
func (k *clients) restore(id string) error {
	answer, err := k.compute.Post(k.ctx, k.compute.ServiceURL("servers", id, "action"), map[string]any{"restore": nil}, nil, nil)
	if err == nil {
		err = answer.Body.Close()
	}
	return err
}

// TestDeletedServerIsReclaimed: in the end it goes by itself; one that has never run
// goes at once.
func TestDeletedServerIsReclaimed(t *testing.T) {
	c := start(t, devcloud.Options{ReclaimInterval: 300 * time.Millisecond})
	k := connect(t, c, "devcloud")
	id := k.create(k.opts("web")).ID
	require.Equal(t, "ACTIVE", k.server(id).Status)
	require.NoError(t, servers.Delete(k.ctx, k.compute, id).ExtractErr())
	require.Equal(t, "SOFT_DELETED", k.server(id).Status)
	require.Eventually(t, func() bool { return count(c, "server", "web") == 0 }, 10*time.Second, 10*time.Millisecond)
	o := k.opts("huge")
	o.FlavorRef = "99"
	id = k.create(o).ID
	require.Equal(t, "ERROR", k.server(id).Status)
	require.NoError(t, servers.Delete(k.ctx, k.compute, id).ExtractErr())
	require.Zero(t, count(c, "server", "huge"))
}
