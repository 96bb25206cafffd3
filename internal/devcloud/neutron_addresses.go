package devcloud

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ofRouter says whether the port belongs to a router rather than to a machine.
func (p *port) ofRouter() bool {
	return p.isInterface() || strings.HasPrefix(p.Owner, "network:router")
}

// anyAddresses asks for one address of each IP version, on the oldest subnet
// that has it.
func (c *Neutron) anyAddresses(network string) (want []fixedIP) {
	seen := map[bool]bool{}
	for _, s := range c.subnets.find("network_id=" + network) {
		if v4 := s.CIDR.Addr().Is4(); !s.auto() && !seen[v4] {
			seen[v4] = true
			want = append(want, fixedIP{Subnet: s.ID})
		}
	}
	return want
}

// withAuto adds the addresses that a machine's port takes by itself on every
// subnet that announces them.
func (c *Neutron) withAuto(p *port, want []fixedIP) []fixedIP {
	if p.ofRouter() {
		return want
	}
	for _, s := range c.subnets.find("network_id=" + p.Network) {
		if s.auto() && !slices.ContainsFunc(want, func(f fixedIP) bool { return f.Subnet == s.ID }) {
			want = append(want, fixedIP{Subnet: s.ID})
		}
	}
	return want
}

// autoAddress is the address that a port makes from its MAC address.
func (s *subnet) autoAddress(mac string) netip.Addr {
	m, err := net.ParseMAC(mac)
	if err != nil || len(m) != 6 {
		return netip.Addr{}
	}
	b := s.CIDR.Addr().As16()
	copy(b[8:], []byte{m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]})
	return netip.AddrFrom16(b)
}

// checkAuto refuses a chosen address where ports make their own.
func (s *subnet) checkAuto(p *port, want netip.Addr) error {
	if !s.auto() || p.ofRouter() || want == s.autoAddress(p.MAC) {
		return nil
	}
	return netFail(http.StatusBadRequest, "AllocationOnAutoAddressSubnet", "IPv6 address %s cannot be directly assigned to a port on subnet %s as the subnet is configured for automatic addresses", want, s.ID)
}

// giveAutoAddresses lets the ports there are take their addresses on a new subnet.
func (c *Neutron) giveAutoAddresses(s *subnet) {
	if !s.auto() {
		return
	}
	for _, p := range c.ports.find("network_id=" + s.Network) {
		if a := s.autoAddress(p.MAC); !p.ofRouter() && s.takeThis(a, p.ID) == nil {
			p.FixedIPs = append(slices.Clone(p.FixedIPs), fixedIP{s.ID, a.String()})
			c.ports.put(p)
		}
	}
}

// dropAutoAddresses takes them away again.
func (c *Neutron) dropAutoAddresses(s *subnet) {
	for _, p := range c.ports.find("network_id=" + s.Network) {
		left := slices.DeleteFunc(slices.Clone(p.FixedIPs), func(f fixedIP) bool { return f.Subnet == s.ID })
		if len(left) < len(p.FixedIPs) {
			p.FixedIPs = left
			c.ports.put(p)
		}
	}
}

// held says whether addresses in use keep the subnet: those that ports make by
// themselves do not.
func (c *Neutron) held(s *subnet) bool {
	return slices.ContainsFunc(c.ports.find("network_id="+s.Network), func(p *port) bool {
		return (p.ofRouter() || !s.auto()) && slices.ContainsFunc(p.FixedIPs, func(f fixedIP) bool { return f.Subnet == s.ID })
	})
}
