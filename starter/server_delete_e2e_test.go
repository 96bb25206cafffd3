//go:build e2e

package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/stretchr/testify/require"

	"novaflow/starter/internal/change"
	"novaflow/starter/internal/dev"
	"novaflow/starter/internal/term"
)

// The bug: when a user deleted a server with another tool, the resources created for it
// stayed for ever. A delete of a server that never existed is still refused.
func TestDeleteOfAServerThatSomebodyElseDeleted(t *testing.T) {
	d := startTestDev(t)
	before := d.Cloud.Inventory()
	var made change.Report
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitOK, "server create web-1 -o json"+createFlags)), &made))
	var server struct{ ID string }
	require.NoError(t, json.Unmarshal(made.Result, &server))

	auth, endpoint, tls, err := clouds.Parse()
	require.NoError(t, err)
	provider, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	nova, err := openstack.NewComputeV2(provider, endpoint)
	require.NoError(t, err)
	require.NoError(t, servers.Delete(t.Context(), nova, server.ID).ExtractErr())
	require.Eventually(t, func() bool {
		_, err := servers.Get(t.Context(), nova, server.ID).Extract()
		return gophercloud.ResponseCodeIs(err, 404)
	}, time.Minute, 50*time.Millisecond)
	require.NotEmpty(t, dev.Compare(before, d.Cloud.Inventory()))

	novaflow(t, term.ExitFailed, "server delete web-2")
	require.Contains(t, novaflow(t, term.ExitOK, "server delete web-1"), "floating IP")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	_, err = execute("server", "delete", "web-1")
	require.ErrorContains(t, err, "there is no server", "the delete has committed: nothing is left to look for")
}
