package neutron

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
)

// ofRouter reports whether the port belongs to a router rather than to a machine.
func (p *Port) ofRouter() bool {
	return p.isInterface() || strings.HasPrefix(p.Owner, "network:router")
}

// anyAddresses asks for one address of each IP version, on the oldest subnet that has it.
func (c *Neutron) anyAddresses(network string) (want []FixedIP) {
	seen := map[bool]bool{}
	for _, s := range c.Subnets.Find("network_id=" + network) {
		if v4 := s.CIDR.Addr().Is4(); !s.auto() && !seen[v4] {
			seen[v4] = true
			want = append(want, FixedIP{Subnet: s.ID})
		}
	}
	return want
}

// withAuto adds the addresses that a machine's port gets by itself on every subnet that
// announces them.
func (c *Neutron) withAuto(p *Port, want []FixedIP) []FixedIP {
	if p.ofRouter() {
		return want
	}
	for _, s := range c.Subnets.Find("network_id=" + p.Network) {
		if s.auto() && !slices.ContainsFunc(want, func(f FixedIP) bool { return f.Subnet == s.ID }) {
			want = append(want, FixedIP{Subnet: s.ID})
		}
	}
	return want
}

// autoAddress computes the address that a port derives from its MAC address.
func (s *Subnet) autoAddress(mac string) netip.Addr {
	m, err := net.ParseMAC(mac)
	if err != nil || len(m) != 6 {
		return netip.Addr{}
	}
	b := s.CIDR.Addr().As16()
	copy(b[8:], []byte{m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
	return netip.AddrFrom16(b)
}

// checkAuto refuses a chosen address where ports derive their own.
func (s *Subnet) checkAuto(p *Port, want netip.Addr) error {
	if !s.auto() || p.ofRouter() || want == s.autoAddress(p.MAC) {
		return nil
	}
	return api.NetFail(http.StatusBadRequest, "AllocationOnAutoAddressSubnet",
		"IPv6 address %s cannot be directly assigned to a port on subnet %s as the subnet is configured for "+
			"automatic addresses", want, s.ID)
}

// assignAutoAddresses gives existing ports their addresses on a new subnet.
func (c *Neutron) assignAutoAddresses(s *Subnet) {
	if !s.auto() {
		return
	}
	for _, p := range c.Ports.Find("network_id=" + s.Network) {
		if a := s.autoAddress(p.MAC); !p.ofRouter() && s.reserveAddress(a, p.ID) == nil {
			p.FixedIPs = append(slices.Clone(p.FixedIPs), FixedIP{s.ID, a.String()})
			c.Ports.Put(p)
		}
	}
}

// removeAutoAddresses removes those addresses from the ports.
func (c *Neutron) removeAutoAddresses(s *Subnet) {
	for _, p := range c.Ports.Find("network_id=" + s.Network) {
		left := slices.DeleteFunc(slices.Clone(p.FixedIPs), func(f FixedIP) bool { return f.Subnet == s.ID })
		if len(left) < len(p.FixedIPs) {
			p.FixedIPs = left
			c.Ports.Put(p)
		}
	}
}

// heldByPorts reports whether addresses in use keep the subnet. Those that ports derive
// by themselves do not.
func (c *Neutron) heldByPorts(s *Subnet) bool {
	return slices.ContainsFunc(c.Ports.Find("network_id="+s.Network), func(p *Port) bool {
		return (p.ofRouter() || !s.auto()) && slices.ContainsFunc(p.FixedIPs,
			func(f FixedIP) bool { return f.Subnet == s.ID })
	})
}
