//go:build openstack

package openstack

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/keypairs"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servergroups"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/pagination"
	"github.com/stretchr/testify/require"
)

// inventory lists what the project holds, as "kind id name", in the cloud's own
// words and not in ours: this is the ground truth for residue.
func inventory(t *testing.T) []string {
	t.Helper()
	compute, network, storage := services(t)
	all := slices.Concat(
		list(t, "server", servers.List(compute, servers.ListOpts{}), servers.ExtractServers,
			func(s servers.Server) string { return s.ID + " " + s.Name }),
		list(t, "port", ports.List(network, ports.ListOpts{}), ports.ExtractPorts,
			func(p ports.Port) string { return p.ID + " " + p.Name }),
		list(t, "floating IP", floatingips.List(network, floatingips.ListOpts{}), floatingips.ExtractFloatingIPs,
			func(f floatingips.FloatingIP) string { return f.ID }),
		list(t, "security group", groups.List(network, groups.ListOpts{}), groups.ExtractGroups,
			func(g groups.SecGroup) string { return g.ID + " " + g.Name }),
		list(t, "server group", servergroups.List(compute, servergroups.ListOpts{}), servergroups.ExtractServerGroups,
			func(g servergroups.ServerGroup) string { return g.ID + " " + g.Name }),
		list(t, "key pair", keypairs.List(compute, keypairs.ListOpts{}), keypairs.ExtractKeyPairs,
			func(k keypairs.KeyPair) string { return k.Name }),
		list(t, "volume", volumes.List(storage, volumes.ListOpts{}), volumes.ExtractVolumes,
			func(v volumes.Volume) string { return v.ID + " " + v.Name }),
	)
	slices.Sort(all)
	return all
}

func list[T any](t *testing.T, kind string, pager pagination.Pager, extract func(pagination.Page) ([]T, error),
	name func(T) string) []string {
	t.Helper()
	pages, err := pager.AllPages(t.Context())
	require.NoError(t, err)
	things, err := extract(pages)
	require.NoError(t, err)
	var out []string
	for _, v := range things {
		out = append(out, fmt.Sprintf("%s %s", kind, name(v)))
	}
	return out
}

// requireSame fails if the project holds other resources than before, or any that should
// not exist, see requireNoLeaks.
func requireSame(t *testing.T, before []string) {
	t.Helper()
	require.Equal(t, before, inventory(t), "residue")
	requireNoLeaks(t)
}

// requireNoLeaks fails if the operator's own check, where there is one, finds
// anything at all.
func requireNoLeaks(t *testing.T) {
	t.Helper()
	if leaksCommand == "" {
		return
	}
	out, err := exec.CommandContext(context.Background(), leaksCommand).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
