package devcloud_test

import (
	"net/http"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/layer3/routers"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

// stack is a network with subnets of the four kinds, and a router.
type stack struct {
	*clients
	on, router                     string
	v4, slaac, stateful, stateless string
}

func makeStack(t *testing.T) stack {
	k := connect(t, start(t, devcloud.Options{}), "devcloud")
	n, err := networks.Create(k.ctx, k.network, networks.CreateOpts{Name: "stack"}).Extract()
	require.NoError(t, err)
	r, err := routers.Create(k.ctx, k.network, routers.CreateOpts{Name: "stack"}).Extract()
	require.NoError(t, err)
	s := stack{clients: k, on: n.ID, router: r.ID}
	s.v4 = s.subnet("10.77.0.0/24", "")
	s.slaac = s.subnet("fd00:1::/64", "slaac")
	s.stateful = s.subnet("fd00:2::/64", "dhcpv6-stateful")
	s.stateless = s.subnet("fd00:3::/64", "dhcpv6-stateless")
	return s
}

func (s stack) subnet(cidr, mode string) string {
	made, err := subnets.Create(s.ctx, s.network, s.options(cidr, mode, mode)).Extract()
	require.NoError(s.t, err)
	return made.ID
}

func (s stack) options(cidr, ra, address string) subnets.CreateOpts {
	o := subnets.CreateOpts{NetworkID: s.on, CIDR: cidr, IPVersion: 4, IPv6RAMode: ra, IPv6AddressMode: address}
	if cidr[0] == 'f' {
		o.IPVersion = 6
	}
	return o
}

func (s stack) add(subnet string) (*routers.InterfaceInfo, error) {
	return routers.AddInterface(s.ctx, s.network, s.router, routers.AddInterfaceOpts{SubnetID: subnet}).Extract()
}

func (s stack) drop(subnet string) error {
	return routers.RemoveInterface(s.ctx, s.network, s.router, routers.RemoveInterfaceOpts{SubnetID: subnet}).Err
}

// A router has one port for all IPv6 subnets of a network, so taking one of them
// off must leave the others.
func TestIPv6SubnetsShareARouterPort(t *testing.T) {
	s := makeStack(t)
	var owned []string
	for _, subnet := range []string{s.v4, s.slaac, s.stateful, s.stateless} {
		i, err := s.add(subnet)
		require.NoError(t, err)
		owned = append(owned, i.PortID)
		_, err = s.add(subnet)
		s.status(http.StatusBadRequest, err)
	}
	require.NotEqual(t, owned[0], owned[1])
	require.Equal(t, owned[1:], []string{owned[1], owned[1], owned[1]})
	require.NoError(t, s.drop(s.stateful))
	s.status(http.StatusNotFound, s.drop(s.stateful))
	p, err := ports.Get(s.ctx, s.network, owned[1]).Extract()
	require.NoError(t, err)
	require.Len(t, p.FixedIPs, 2)
	s.status(http.StatusConflict, ports.Delete(s.ctx, s.network, owned[1]).ExtractErr())
	s.status(http.StatusConflict, routers.Delete(s.ctx, s.network, s.router).ExtractErr())
	for _, subnet := range []string{s.v4, s.slaac, s.stateless} {
		s.status(http.StatusConflict, subnets.Delete(s.ctx, s.network, subnet).ExtractErr())
		require.NoError(t, s.drop(subnet))
	}
	_, err = ports.Get(s.ctx, s.network, owned[1]).Extract()
	s.status(http.StatusNotFound, err)
	require.NoError(t, routers.Delete(s.ctx, s.network, s.router).ExtractErr())
}

// Ports make their addresses on some IPv6 subnets themselves, and those keep
// nothing from going.
func TestAddressesThatPortsMakeThemselves(t *testing.T) {
	s := makeStack(t)
	p, err := ports.Create(s.ctx, s.network, ports.CreateOpts{NetworkID: s.on}).Extract()
	require.NoError(t, err)
	on := map[string]string{}
	for _, f := range p.FixedIPs {
		on[f.SubnetID] = f.IPAddress
	}
	require.Len(t, on, 4, "one of each IP version, and all that it makes itself")
	require.Regexp(t, "^fd00:1::.*ff:fe", on[s.slaac])
	_, err = ports.Create(s.ctx, s.network, ports.CreateOpts{NetworkID: s.on,
		FixedIPs: []map[string]string{{"subnet_id": s.slaac, "ip_address": "fd00:1::5"}}}).Extract()
	s.status(http.StatusBadRequest, err)
	require.NoError(t, subnets.Delete(s.ctx, s.network, s.slaac).ExtractErr())
	s.status(http.StatusConflict, subnets.Delete(s.ctx, s.network, s.v4).ExtractErr())
	p, err = ports.Get(s.ctx, s.network, p.ID).Extract()
	require.NoError(t, err)
	require.Len(t, p.FixedIPs, 3)
}

// Requests that a real neutron refuses must not succeed here.
func TestSubnetsThatNeutronRefuses(t *testing.T) {
	s := makeStack(t)
	pool := func(pairs ...string) (pools []subnets.AllocationPool) {
		for i := 0; i < len(pairs); i += 2 {
			pools = append(pools, subnets.AllocationPool{Start: pairs[i], End: pairs[i+1]})
		}
		return pools
	}
	gateway := func(a string) *string { return &a }
	with := func(cidr string, change func(*subnets.CreateOpts)) subnets.CreateOpts {
		o := s.options(cidr, "", "")
		change(&o)
		return o
	}
	for what, c := range map[string]struct {
		status int
		ask    subnets.CreateOpts
	}{
		"other version":     {400, with("10.80.0.0/24", func(o *subnets.CreateOpts) { o.IPVersion = 6 })},
		"gateway in a pool": {409, with("10.80.0.0/24", func(o *subnets.CreateOpts) { o.AllocationPools = pool("10.80.0.1", "10.80.0.9") })},
		"pool outside":      {400, with("10.80.0.0/24", func(o *subnets.CreateOpts) { o.AllocationPools = pool("10.81.0.2", "10.81.0.9") })},
		"pool reversed":     {400, with("10.80.0.0/24", func(o *subnets.CreateOpts) { o.AllocationPools = pool("10.80.0.9", "10.80.0.2") })},
		"pools overlap": {409, with("10.80.0.0/24", func(o *subnets.CreateOpts) {
			o.AllocationPools = pool("10.80.0.2", "10.80.0.9", "10.80.0.9", "10.80.0.10")
		})},
		"gateway is network": {400, with("10.80.0.0/24", func(o *subnets.CreateOpts) { o.GatewayIP = gateway("10.80.0.0") })},
		"name server twice":  {400, with("10.80.0.0/24", func(o *subnets.CreateOpts) { o.DNSNameservers = []string{"1.1.1.1", "1.1.1.1"} })},
		"no room for DHCP":   {400, s.options("10.80.0.0/31", "", "")},
		"modes on IPv4":      {400, s.options("10.80.0.0/24", "slaac", "slaac")},
		"modes that differ":  {400, s.options("fd00:9::/64", "slaac", "dhcpv6-stateful")},
		"modes need 64 bits": {400, s.options("fd00:9::/60", "slaac", "slaac")},
		"subnets overlap":    {400, s.options("10.77.0.128/25", "", "")},
	} {
		_, err := subnets.Create(s.ctx, s.network, c.ask).Extract()
		t.Log(what)
		s.status(c.status, err)
	}
	off := false
	_, err := subnets.Create(s.ctx, s.network,
		with("fd00:9::/64", func(o *subnets.CreateOpts) { o.EnableDHCP, o.IPv6RAMode = &off, "slaac" })).Extract()
	s.status(http.StatusBadRequest, err)
}

// A router must not have two subnets with the same addresses.
func TestSubnetsOfARouterDoNotOverlap(t *testing.T) {
	s := makeStack(t)
	_, err := s.add(s.v4)
	require.NoError(t, err)
	n, err := networks.Create(s.ctx, s.network, networks.CreateOpts{Name: "second"}).Extract()
	require.NoError(t, err)
	s.on = n.ID
	_, err = s.add(s.subnet("10.77.0.0/16", ""))
	s.status(http.StatusBadRequest, err)
	require.ErrorContains(t, err, "overlaps with cidr 10.77.0.0/24")
}
