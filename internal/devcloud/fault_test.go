package devcloud_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// fault puts a rule in force.
func fault(t *testing.T, c *devcloud.Cloud, rule string) {
	t.Helper()
	f, err := devcloud.ParseFault(rule)
	require.NoError(t, err)
	require.Equal(t, rule, f.String())
	c.AddFault(f)
}

// tryPort creates a port and returns the error.
func (k *clients) tryPort(ctx context.Context, network, name string) error {
	_, err := ports.Create(ctx, k.network, ports.CreateOpts{NetworkID: network, Name: name}).Extract()
	return err
}

func TestFaultsBeforeAndAfterTheEffect(t *testing.T) {
	for rule, want := range map[string]struct {
		made int
		code int // 0: the connection was cut
	}{
		"neutron POST /ports 503 1":       {0, 503},
		"neutron POST /ports 413:2 1":     {0, 413},
		"neutron POST /ports$ own:409 1":  {0, 409},
		"neutron POST /ports after:500 1": {1, 500},
		"neutron POST /ports after:502 1": {1, 502},
		"neutron POST /ports cut 1":       {0, 0},
		"* * /ports drop 1":               {1, 0},
	} {
		t.Run(rule, func(t *testing.T) {
			c := start(t, devcloud.Options{})
			k := connect(t, c, "devcloud")
			network := k.networkID("private")
			fault(t, c, rule)
			err := k.tryPort(k.ctx, network, "mine")
			require.Error(t, err)
			require.Equal(t, want.made, count(c, "port", "mine"))
			if want.code != 0 {
				k.status(want.code, err)
			} else {
				require.True(t, errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset"), "%v", err)
			}
			require.NoError(t, k.tryPort(k.ctx, network, "mine"), "the rule is used up")
			require.Empty(t, c.Faults())
		})
	}
}

func TestRetryAfterIsTold(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	network := k.networkID("private")
	fault(t, c, "neutron POST /ports 429:7 1 slow down")
	err := k.tryPort(k.ctx, network, "mine")
	k.status(http.StatusTooManyRequests, err)
	var resp gophercloud.ErrUnexpectedResponseCode
	require.ErrorAs(t, err, &resp)
	require.Equal(t, "7", resp.ResponseHeader.Get("Retry-After"))
	require.ErrorContains(t, err, "slow down")
}

func TestHangEndsWithTheClient(t *testing.T) {
	for rule, made := range map[string]int{"neutron POST /ports hang 1": 0, "neutron POST /ports after:hang 1": 1} {
		c := start(t, devcloud.Options{})
		k := connect(t, c, "devcloud")
		network := k.networkID("private")
		fault(t, c, rule)
		ctx, cancel := context.WithTimeout(k.ctx, 100*time.Millisecond)
		require.ErrorIs(t, k.tryPort(ctx, network, "mine"), context.DeadlineExceeded)
		cancel()
		require.Equal(t, made, count(c, "port", "mine"))
	}
}

func TestDelayComesBeforeTheCall(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	network := k.networkID("private")
	fault(t, c, "neutron POST /ports delay:60 1")
	ctx, cancel := context.WithTimeout(k.ctx, 50*time.Millisecond)
	defer cancel()
	require.Error(t, k.tryPort(ctx, network, "mine"))
}

func TestListsLagBehindCreates(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	network := k.networkID("private")
	fault(t, c, "neutron POST /ports lag:2 1")
	require.NoError(t, k.tryPort(k.ctx, network, "mine"))
	require.Empty(t, k.listPorts(ports.ListOpts{Name: "mine"}))
	require.Empty(t, k.listPorts(ports.ListOpts{Name: "mine"}))
	require.Len(t, k.listPorts(ports.ListOpts{Name: "mine"}), 1)
	fault(t, c, "neutron POST /ports lag:1h 1")
	p, err := ports.Create(k.ctx, k.network, ports.CreateOpts{NetworkID: network, Name: "later"}).Extract()
	require.NoError(t, err)
	require.Empty(t, k.listPorts(ports.ListOpts{Name: "later"}))
	_, err = ports.Get(k.ctx, k.network, p.ID).Extract()
	require.NoError(t, err, "it can be seen by its id")
}

func TestDeletesAreRefusedOrSlowOrStuck(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	s := k.create(k.opts("held"))
	fault(t, c, "nova DELETE /servers/ own:409 2")
	for range 2 {
		k.status(http.StatusConflict, servers.Delete(k.ctx, k.compute, s.ID).ExtractErr())
	}
	fault(t, c, "nova DELETE /servers/ stuck 1")
	require.NoError(t, servers.Delete(k.ctx, k.compute, s.ID).ExtractErr())
	require.Equal(t, "deleting", k.server(s.ID).TaskState)
	fault(t, c, "nova DELETE /servers/ slow:200ms 1")
	require.NoError(t, servers.Delete(k.ctx, k.compute, s.ID).ExtractErr())
	require.Equal(t, 1, count(c, "server", "held"), "accepted, not gone")
	require.Eventually(t, func() bool { return count(c, "server", "held") == 0 }, 10*time.Second, 10*time.Millisecond)
}

func TestBuildsStickOrFail(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	fault(t, c, "nova POST /servers$ stuck 1")
	stuck := k.create(k.opts("stuck"))
	require.Equal(t, "BUILD", k.server(stuck.ID).Status)
	require.NoError(t, servers.Delete(k.ctx, k.compute, stuck.ID).ExtractErr())
	require.Zero(t, count(c, "server", "stuck"))

	p := k.port("kept")
	o := k.opts("broken")
	o.Networks = []servers.Network{{Port: p.ID}}
	fault(t, c, "nova POST /servers$ error 1 Exceeded maximum number of retries.")
	s := k.server(k.create(o).ID)
	require.Equal(t, "ERROR", s.Status)
	require.Equal(t, "Exceeded maximum number of retries.", s.Fault.Message)
	require.Equal(t, s.Fault.Message, k.listServers(servers.ListOpts{Name: "broken"})[0].Fault.Message,
		"a fault of the build is in lists")

	fault(t, c, "cinder POST /volumes$ error 1")
	v := k.newVolume("bad")
	fault(t, c, "cinder POST /volumes$ stuck 1")
	w := k.newVolume("never")
	for id, status := range map[string]string{v.ID: "error", w.ID: "creating"} {
		got, err := volumes.Get(k.ctx, k.volume, id).Extract()
		require.NoError(t, err)
		require.Equal(t, status, got.Status)
	}
	require.NoError(t, volumes.Delete(k.ctx, k.volume, v.ID, nil).ExtractErr())
	k.status(http.StatusBadRequest, volumes.Delete(k.ctx, k.volume, w.ID, nil).ExtractErr())
	admin := connect(t, c, "devcloud-admin")
	require.NoError(t, volumes.ResetStatus(k.ctx, admin.volume, w.ID,
		volumes.ResetStatusOpts{Status: "error"}).ExtractErr())
	require.NoError(t, volumes.Delete(k.ctx, k.volume, w.ID, nil).ExtractErr())
}

func TestServiceDownForSomeCalls(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	fault(t, c, "nova * .* 503 3")
	failures := 0
	for range 4 {
		if _, err := servers.List(k.compute, nil).AllPages(k.ctx); err != nil {
			failures++
		}
	}
	require.Equal(t, 3, failures)
	c.AddFault(devcloud.Fault{Service: "nova", Method: "GET", Path: "/servers", Action: "500", Skip: 1})
	_, err := servers.List(k.compute, nil).AllPages(k.ctx)
	require.NoError(t, err, "the first is skipped")
	_, err = servers.List(k.compute, nil).AllPages(k.ctx)
	k.status(http.StatusInternalServerError, err)
	c.ClearFaults()
	_, err = servers.List(k.compute, nil).AllPages(k.ctx)
	require.NoError(t, err)
}

func TestMalformedFaultsAreRefused(t *testing.T) {
	for _, rule := range []string{"", "nova POST /x", "nova POST ( 500", "swift GET / 500", "nova GET / 99",
		"nova GET / nonsense", "nova GET / delay:x", "nova GET / 500 0", "nova GET / slow:3", "nova GET / lag:x",
		"nova GET / after:x"} {
		_, err := devcloud.ParseFault(rule)
		require.Error(t, err, rule)
	}
}

func TestSlowDeletesOfNetworkThings(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	p := k.port("mine")
	fault(t, c, "neutron DELETE /ports/ slow:200ms 1")
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr())
	_, err := ports.Get(k.ctx, k.network, p.ID).Extract()
	require.NoError(t, err, "accepted, not gone")
	require.Eventually(t, func() bool { return count(c, "port", "mine") == 0 }, 10*time.Second, 10*time.Millisecond)
	p = k.port("held")
	fault(t, c, "neutron DELETE /ports/ stuck 1")
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr())
	require.Equal(t, 1, count(c, "port", "held"))
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr(), "the next delete is an ordinary one")
	require.Zero(t, count(c, "port", "held"))
}
