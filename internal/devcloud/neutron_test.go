package devcloud_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/attributestags"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/floatingips"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/quotas"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/rules"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

func TestPortFiltersAreExact(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	p := k.port("web")
	require.Len(t, k.listPorts(ports.ListOpts{Name: "web"}), 2, "the trap of the same name, and ours")
	require.Len(t, k.listPorts(ports.ListOpts{Description: "mark web"}), 1, "the mark tells them apart")
	require.Empty(t, k.listPorts(ports.ListOpts{Description: "mark"}), "no part of a description matches")
	require.Len(t, k.listPorts(ports.ListOpts{Name: "web.*"}), 1, "a name is no regular expression")
	require.Len(t, k.listPorts(ports.ListOpts{FixedIPs: []ports.FixedIPOpts{{IPAddress: p.FixedIPs[0].IPAddress}}}), 1)
	_, err := attributestags.ReplaceAll(k.ctx, k.network, "ports", p.ID,
		attributestags.ReplaceAllOpts{Tags: []string{"b", "a"}}).Extract()
	require.NoError(t, err)
	require.Len(t, k.listPorts(ports.ListOpts{Tags: "a,b"}), 1)
	require.Empty(t, k.listPorts(ports.ListOpts{NotTags: "a", ID: p.ID}))
}

func TestPortPagesAreWhole(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{NoTraps: true}), "devcloud")
	for i := range 5 {
		k.port(fmt.Sprint("p", i))
	}
	require.Len(t, k.listPorts(ports.ListOpts{Limit: 2}), 6, "five and the router's")
}

func TestNeutronRefusesInItsOwnWords(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	p, private, public := k.port("a"), k.networkID("private"), k.networkID("public")
	create := func(o ports.CreateOpts) error {
		_, err := ports.Create(k.ctx, k.network, o).Extract()
		return err
	}
	err := create(ports.CreateOpts{NetworkID: private, FixedIPs: []ports.IP{{IPAddress: p.FixedIPs[0].IPAddress}}})
	k.status(http.StatusConflict, err)
	require.ErrorContains(t, err, "IpAddressAlreadyAllocated")
	err = create(ports.CreateOpts{NetworkID: private, MACAddress: p.MACAddress})
	k.status(http.StatusConflict, err)
	require.ErrorContains(t, err, "MacAddressInUse")
	k.status(http.StatusNotFound, create(ports.CreateOpts{NetworkID: "00000000-0000-0000-0000-000000000000"}))
	k.status(http.StatusForbidden, create(ports.CreateOpts{NetworkID: public}))
	k.status(http.StatusBadRequest, create(ports.CreateOpts{NetworkID: "zzz"}))
	err = networks.Delete(k.ctx, k.network, private).ExtractErr()
	k.status(http.StatusConflict, err)
	require.ErrorContains(t, err, "NetworkInUse")
}

func TestFixedAddressComesBack(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	p := k.port("a")
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr())
	_, err := ports.Create(k.ctx, k.network,
		ports.CreateOpts{NetworkID: p.NetworkID, FixedIPs: []ports.IP{{IPAddress: p.FixedIPs[0].IPAddress}}}).Extract()
	require.NoError(t, err, "the address of a deleted port is free")
}

func TestSubnetRunsOutOfAddresses(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{PrivateCIDR: "10.10.0.0/29", NoTraps: true}), "devcloud")
	for range 5 { // .2 to .6
		k.port("x")
	}
	_, err := ports.Create(k.ctx, k.network, ports.CreateOpts{NetworkID: k.networkID("private")}).Extract()
	k.status(http.StatusConflict, err)
	require.ErrorContains(t, err, "IpAddressGenerationFailure")
}

func TestNetworkQuota(t *testing.T) {
	c := start(t, devcloud.Options{NoTraps: true})
	k, admin := connect(t, c, "devcloud"), connect(t, c, "devcloud-admin")
	p := k.port("a")
	two := 2
	_, err := quotas.Update(k.ctx, admin.network, p.ProjectID, quotas.UpdateOpts{Port: &two}).Extract()
	require.NoError(t, err)
	_, err = ports.Create(k.ctx, k.network, ports.CreateOpts{NetworkID: p.NetworkID}).Extract()
	k.status(http.StatusConflict, err)
	require.ErrorContains(t, err, "Quota exceeded for resources: ['port'].")
	d, err := quotas.GetDetail(k.ctx, k.network, p.ProjectID).Extract()
	require.NoError(t, err)
	require.Equal(t, 2, d.Port.Used)
}

func TestFloatingIPFollowsItsPort(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	p := k.port("a")
	f, err := floatingips.Create(k.ctx, k.network,
		floatingips.CreateOpts{FloatingNetworkID: k.networkID("public"), Description: "mine"}).Extract()
	require.NoError(t, err)
	require.Equal(t, "DOWN", f.Status)
	f, err = floatingips.Update(k.ctx, k.network, f.ID, floatingips.UpdateOpts{PortID: &p.ID}).Extract()
	require.NoError(t, err)
	require.Equal(t, p.FixedIPs[0].IPAddress, f.FixedIP)
	require.NotEmpty(t, f.RouterID)
	_, err = floatingips.Create(k.ctx, k.network,
		floatingips.CreateOpts{FloatingNetworkID: k.networkID("public"), PortID: p.ID}).Extract()
	k.status(http.StatusConflict, err)
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr())
	f, err = floatingips.Get(k.ctx, k.network, f.ID).Extract()
	require.NoError(t, err)
	require.Empty(t, f.PortID, "a floating IP outlives its port")
	require.NoError(t, floatingips.Delete(k.ctx, k.network, f.ID).ExtractErr())
	k.status(http.StatusNotFound, floatingips.Delete(k.ctx, k.network, f.ID).ExtractErr())
}

func TestRouterHoldsItsNetworks(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	before := c.Inventory()
	n, err := networks.Create(k.ctx, k.network, networks.CreateOpts{Name: "n", Description: "m"}).Extract()
	require.NoError(t, err)
	s, err := subnets.Create(k.ctx, k.network,
		subnets.CreateOpts{NetworkID: n.ID, CIDR: "10.99.0.0/24", IPVersion: 4}).Extract()
	require.NoError(t, err)
	r, err := routers.Create(k.ctx, k.network,
		routers.CreateOpts{Name: "r", GatewayInfo: &routers.GatewayInfo{NetworkID: k.networkID("public")}}).Extract()
	require.NoError(t, err)
	_, err = routers.AddInterface(k.ctx, k.network, r.ID, routers.AddInterfaceOpts{SubnetID: s.ID}).Extract()
	require.NoError(t, err)
	k.status(http.StatusConflict, routers.Delete(k.ctx, k.network, r.ID).ExtractErr())
	k.status(http.StatusConflict, subnets.Delete(k.ctx, k.network, s.ID).ExtractErr())
	k.status(http.StatusConflict, networks.Delete(k.ctx, k.network, n.ID).ExtractErr())
	_, err = routers.RemoveInterface(k.ctx, k.network, r.ID, routers.RemoveInterfaceOpts{SubnetID: s.ID}).Extract()
	require.NoError(t, err)
	require.NoError(t, routers.Delete(k.ctx, k.network, r.ID).ExtractErr())
	require.NoError(t, networks.Delete(k.ctx, k.network, n.ID).ExtractErr(), "its subnet goes with it")
	require.Equal(t, before, c.Inventory())
}

func TestSecurityGroupInUse(t *testing.T) {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	g, err := groups.Create(k.ctx, k.network, groups.CreateOpts{Name: "g", Description: "m"}).Extract()
	require.NoError(t, err)
	require.Len(t, g.Rules, 2, "egress for both versions of IP")
	rule := rules.CreateOpts{SecGroupID: g.ID, Direction: "ingress", EtherType: "IPv4", Protocol: "tcp",
		PortRangeMin: 22, PortRangeMax: 22, RemoteIPPrefix: "0.0.0.0/0"}
	_, err = rules.Create(k.ctx, k.network, rule).Extract()
	require.NoError(t, err)
	_, err = rules.Create(k.ctx, k.network, rule).Extract()
	k.status(http.StatusConflict, err)
	p, err := ports.Create(k.ctx, k.network,
		ports.CreateOpts{NetworkID: k.networkID("private"), SecurityGroups: &[]string{g.ID}}).Extract()
	require.NoError(t, err)
	k.status(http.StatusConflict, groups.Delete(k.ctx, k.network, g.ID).ExtractErr())
	require.NoError(t, ports.Delete(k.ctx, k.network, p.ID).ExtractErr())
	require.NoError(t, groups.Delete(k.ctx, k.network, g.ID).ExtractErr())
}

func TestProjectsDoNotSeeEachOther(t *testing.T) {
	c := start(t, devcloud.Options{})
	k, other := connect(t, c, "devcloud"), connect(t, c, "devcloud-other")
	p := k.port("mine")
	_, err := ports.Get(k.ctx, other.network, p.ID).Extract()
	k.status(http.StatusNotFound, err)
	k.status(http.StatusNotFound, ports.Delete(k.ctx, other.network, p.ID).ExtractErr())
	require.NotEqual(t, k.networkID("private"), other.networkID("private"), "each has its own of the name")
	require.Equal(t, k.networkID("public"), other.networkID("public"), "external networks are for all")
	k.status(http.StatusForbidden, networks.Delete(k.ctx, other.network, k.networkID("public")).ExtractErr())
}
