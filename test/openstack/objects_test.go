//go:build openstack

package openstack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/pagination"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// objects lists the inventory with states and marks, for the judge of a load.
func objects(t *testing.T) (all []devcloud.Object) {
	t.Helper()
	compute, network, storage := services(t)
	add := func(kind, id, name, status string, mark ...any) {
		all = append(all, devcloud.Object{Kind: kind, ID: id, Name: name, Status: status, Mark: fmt.Sprint(mark...)})
	}
	for _, s := range extract(t, servers.List(compute, servers.ListOpts{}), servers.ExtractServers) {
		add("server", s.ID, s.Name, s.Status, s.Metadata)
	}
	for _, v := range extract(t, volumes.List(storage, volumes.ListOpts{}), volumes.ExtractVolumes) {
		add("volume", v.ID, v.Name, v.Status, v.Metadata)
	}
	for _, p := range extract(t, ports.List(network, ports.ListOpts{}), ports.ExtractPorts) {
		if !strings.HasPrefix(p.DeviceOwner, "network:") { // a router's are the network's own
			add("port", p.ID, p.Name, "", p.Description)
		}
	}
	for _, f := range extract(t, floatingips.List(network, floatingips.ListOpts{}), floatingips.ExtractFloatingIPs) {
		add("floating-ip", f.ID, f.FloatingIP, f.Status, f.Description)
	}
	for _, g := range extract(t, groups.List(network, groups.ListOpts{}), groups.ExtractGroups) {
		add("security-group", g.ID, g.Name, "", g.Description)
	}
	for _, r := range extract(t, rules.List(network, rules.ListOpts{}), rules.ExtractRules) {
		add("security-group-rule", r.ID, "", "", r.Description)
	}
	return all
}

func extract[T any](t *testing.T, pager pagination.Pager, from func(pagination.Page) ([]T, error)) []T {
	t.Helper()
	pages, err := pager.AllPages(t.Context())
	require.NoError(t, err)
	things, err := from(pages)
	require.NoError(t, err)
	return things
}
