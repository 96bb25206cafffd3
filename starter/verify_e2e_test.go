//go:build e2e

package main

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/config"
	"github.com/gophercloud/gophercloud/v2/openstack/config/clouds"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
	"novaflow/starter/internal/change"
	"novaflow/starter/internal/dev"
	"novaflow/starter/internal/term"
)

// In a healthy system nobody needs to sweep: after whatever creates, failures,
// reverts and deletes there is nothing to report.
func TestVerifyHasNothingToReportInAHealthySystem(t *testing.T) {
	d := startTestDev(t)
	dice := rand.New(rand.NewPCG(1, 2))
	there := map[string]bool{}
	for range 14 {
		name := "web-" + strconv.Itoa(dice.IntN(4))
		switch {
		case there[name] && dice.IntN(3) == 0:
			novaflow(t, term.ExitOK, "run revert server:devcloud:"+name)
			there[name] = false
		case there[name]:
			novaflow(t, term.ExitOK, "server delete "+name)
			there[name] = false
		case dice.IntN(3) == 0:
			novaflow(t, term.ExitFailed, "server create "+name+" --image tiny --flavor m1.impossible --network private --boot-volume 1")
		default:
			novaflow(t, term.ExitOK, "server create "+name+createFlags)
			there[name] = true
		}
	}
	novaflow(t, term.ExitOK, "network create app --subnet 192.168.7.0/24 --new-router --external-gateway auto --ingress tcp:22")
	novaflow(t, term.ExitOK, "network create db --subnet 192.168.8.0/24 --router app")
	novaflow(t, term.ExitOK, "network delete db")
	novaflow(t, term.ExitOK, "volume create data-1 --size 1")
	novaflow(t, term.ExitOK, "volume snapshot data-1 monday")
	novaflow(t, term.ExitOK, "volume create data-2 --snapshot monday")
	novaflow(t, term.ExitOK, "volume delete data-2")
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing else that is marked")
	require.JSONEq(t, "[]", novaflow(t, term.ExitOK, "verify -o json"))
	before := d.Cloud.Inventory()
	require.Contains(t, novaflow(t, term.ExitOK, "verify --delete --older-than 0s"), "nothing else that is marked")
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
}

// While a server that had been renamed was being deleted, all that was gone already
// counted as missing: the run that deletes it has another workflow id.
func TestVerifyDoesNotMissWhatARunUnderWayRemoves(t *testing.T) {
	d := startTestDev(t)
	novaflow(t, term.ExitOK, "server create web-1 --image tiny --flavor m1.nano --network private")
	novaflow(t, term.ExitOK, "server set web-1 --name web-2")
	held, err := devcloud.ParseFault("neutron DELETE /ports/ own:409 1000")
	require.NoError(t, err)
	d.Cloud.AddFault(held)
	novaflow(t, term.ExitOK, "server delete web-2 --no-wait")
	require.Eventually(t, func() bool { return serverID(d, "web-2") == "" }, time.Minute, 50*time.Millisecond)
	require.Contains(t, novaflow(t, term.ExitOK, "verify"), "nothing else that is marked")
}

// A change to another tool deleted every port that it took for nobody's. What only
// looks as if it were ours, or belongs to a run that nobody knows, stays.
// https://github.com/kubernetes-sigs/cluster-api-provider-openstack/issues/798
func TestVerifyDeletesResidueAndNothingThatLooksLikeIt(t *testing.T) {
	d := startTestDev(t)
	var failed change.Report
	out := novaflow(t, term.ExitFailed, "server create web-1 -o json --image tiny --flavor m1.impossible --network private")
	require.NoError(t, json.Unmarshal([]byte(out), &failed))
	network := neutron(t)
	residue := plant(t, network, "novaflow:"+failed.Run+"/port-0#1")
	alike := map[string]string{
		plant(t, network, "novaflow:"+failed.Run+"/port-7#1"):             "unknown mark",
		plant(t, network, "novaflow:"+failed.Run+"/port-0#1 (see below)"): "unknown mark",
		plant(t, network, "novaflow:0198c2a4-6f0e-7d0a/port-0#1"):         "unknown run",
		plant(t, network, "see novaflow:"+failed.Run+"/port-0#1"):         "",
		plant(t, network, "novaflow: made by hand"):                       "",
	}
	var findings []struct{ ID, What string }
	require.NoError(t, json.Unmarshal([]byte(novaflow(t, term.ExitFailed, "verify -o json")), &findings))
	found := map[string]string{}
	for _, f := range findings {
		found[f.ID] = f.What
	}
	require.Equal(t, "residue", found[residue])
	for id, what := range alike {
		require.Equal(t, what, found[id])
	}

	before := d.Cloud.Inventory()
	novaflow(t, term.ExitFailed, "verify --delete") // younger than an hour
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))
	for _, fault := range []string{"cinder GET /volumes/detail own:403 1", "neutron GET /floatingips own:403 1"} {
		f, err := devcloud.ParseFault(fault)
		require.NoError(t, err)
		d.Cloud.AddFault(f)
		_, err = execute("verify", "--delete", "--older-than", "0s")
		require.ErrorContains(t, err, "nothing was judged")
		require.Equal(t, term.ExitFailed, term.Code(err))
		d.Cloud.ClearFaults()
	}
	require.Empty(t, dev.Compare(before, d.Cloud.Inventory()))

	require.Contains(t, novaflow(t, term.ExitOK, "verify --delete --older-than 0s --reason cleanup"), residue)
	left := dev.Compare(before, d.Cloud.Inventory())
	require.Len(t, left, 1)
	require.Contains(t, left[0], residue)
	require.NotContains(t, novaflow(t, term.ExitFailed, "verify"), residue)
	require.Contains(t, novaflow(t, term.ExitOK, "audit --resource "+residue), "cleanup")

	_, err := execute(strings.Fields("verify --address 127.0.0.1:1 --delete")...)
	require.ErrorContains(t, err, "cannot reach the engine")
}

func neutron(t *testing.T) *gophercloud.ServiceClient {
	t.Helper()
	auth, endpoint, tls, err := clouds.Parse()
	require.NoError(t, err)
	provider, err := config.NewProviderClient(t.Context(), auth, config.WithTLSConfig(tls))
	require.NoError(t, err)
	network, err := openstack.NewNetworkV2(provider, endpoint)
	require.NoError(t, err)
	return network
}

// plant creates a port by hand with a description, and returns its id.
func plant(t *testing.T, network *gophercloud.ServiceClient, description string) string {
	t.Helper()
	pages, err := networks.List(network, networks.ListOpts{Name: "private"}).AllPages(t.Context())
	require.NoError(t, err)
	all, err := networks.ExtractNetworks(pages)
	require.NoError(t, err)
	p, err := ports.Create(t.Context(), network, ports.CreateOpts{NetworkID: all[0].ID, Name: "by-hand", Description: description}).Extract()
	require.NoError(t, err)
	return p.ID
}
