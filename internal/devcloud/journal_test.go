package devcloud_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// killed opens the state of a cloud that never closed its file.
func killed(t *testing.T, o devcloud.Options) *devcloud.Cloud {
	t.Helper()
	raw, err := os.ReadFile(o.File)
	require.NoError(t, err)
	o.File = filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.WriteFile(o.File, raw, 0o600))
	return start(t, o)
}

func TestStateSurvivesDeath(t *testing.T) {
	o := devcloud.Options{File: filepath.Join(t.TempDir(), "state")}
	c := start(t, o)
	k := connect(t, c, "devcloud")
	p := k.port("kept")
	so := k.opts("kept")
	so.Networks, so.Tags = []servers.Network{{Port: p.ID}}, []string{"t"}
	s := k.create(so)
	gone := k.create(k.opts("gone"))
	require.Equal(t, "ACTIVE", k.server(s.ID).Status)
	require.NoError(t, servers.Delete(k.ctx, k.compute, gone.ID).ExtractErr())
	_, err := floatingips.Create(k.ctx, k.network,
		floatingips.CreateOpts{FloatingNetworkID: k.networkID("public"), PortID: p.ID}).Extract()
	require.NoError(t, err)
	k.newVolume("kept")
	before := c.Inventory()

	again := killed(t, o)
	require.Equal(t, before, again.Inventory())
	k2 := connect(t, again, "devcloud")
	require.Equal(t, s.ID, k2.listServers(servers.ListOpts{Tags: "t"})[0].ID)
	require.Len(t, k2.server(s.ID).Addresses["private"], 2, "fixed and floating")
	_, err = ports.Create(k2.ctx, k2.network,
		ports.CreateOpts{NetworkID: p.NetworkID, FixedIPs: []ports.IP{{IPAddress: p.FixedIPs[0].IPAddress}}}).Extract()
	k2.status(409, err)
	require.Equal(t, before, killed(t, o).Inventory(), "a second restart from the same file")
}

func TestTokensSurviveARestart(t *testing.T) {
	o := devcloud.Options{File: filepath.Join(t.TempDir(), "state")}
	k := connect(t, start(t, o), "devcloud")
	again := killed(t, o)
	k2 := connect(t, again, "devcloud")
	k2.network.ProviderClient.SetToken(k.network.TokenID)
	k2.networkID("private")
	require.Equal(t, 1, again.Calls()["keystone POST /auth/tokens"], "no second login was needed")
}

func TestBuildGoesOnAfterARestart(t *testing.T) {
	o := devcloud.Options{File: filepath.Join(t.TempDir(), "state"), BuildTime: 300 * time.Millisecond}
	k := connect(t, start(t, o), "devcloud")
	s := k.create(k.opts("building"))
	k2 := connect(t, killed(t, o), "devcloud")
	require.Eventually(t, func() bool { return k2.server(s.ID).Status == "ACTIVE" }, 10*time.Second,
		20*time.Millisecond)
}

func TestTornLastLineIsIgnored(t *testing.T) {
	o := devcloud.Options{File: filepath.Join(t.TempDir(), "state")}
	c := start(t, o)
	connect(t, c, "devcloud").port("whole")
	f, err := os.OpenFile(o.File, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"k":"port","id":"torn","o":{"id":"to`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, c.Inventory(), killed(t, o).Inventory())
}

func TestDamagedJournalIsNotOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	require.NoError(t, os.WriteFile(file, []byte("{\"k\":\"port\"\nrubbish\n"), 0o600))
	_, err := devcloud.Open(devcloud.Options{File: file})
	require.ErrorContains(t, err, "line 1")
}

func TestJournalIsCompacted(t *testing.T) {
	o := devcloud.Options{File: filepath.Join(t.TempDir(), "state")}
	c, err := devcloud.Open(o)
	require.NoError(t, err)
	_, err = c.Start("127.0.0.1:0")
	require.NoError(t, err)
	k := connect(t, c, "devcloud")
	size := func() int64 {
		st, err := os.Stat(o.File)
		require.NoError(t, err)
		return st.Size()
	}
	fresh := size()
	for range 20 {
		require.NoError(t, ports.Delete(k.ctx, k.network, k.port("x").ID).ExtractErr())
	}
	require.Greater(t, size(), fresh)
	require.NoError(t, c.Close())
	again := start(t, o)
	require.Equal(t, fresh, size(), "what is gone takes no room")
	require.Zero(t, count(again, "port", "x"))
}
