package topology

import (
	"fmt"
	"net/netip"
	"slices"

	"novaflow/activities/neutron"
	"novaflow/workflows/spec"
)

// ipv6Modes lists how addresses and routers are announced on an IPv6 subnet.
var ipv6Modes = []string{"slaac", "dhcpv6-stateful", "dhcpv6-stateless"}

// check reports every value of the subnet that neutron would refuse, and every other
// value that makes no sense.
func (n SubnetSpec) check(bad spec.Report, i int, routed bool) {
	about := func(format string, args ...any) { bad("subnet %d: %s", i, fmt.Sprintf(format, args...)) }
	spec.CheckName(about, n.Name)
	spec.Require(about, "cidr", n.CIDR)
	cidr, err := netip.ParsePrefix(n.CIDR)
	switch {
	case n.CIDR == "":
		return
	case err != nil:
		about("%q is no range of addresses in CIDR form, such as 10.0.0.0/24", n.CIDR)
		return
	case cidr != cidr.Masked():
		about("%s has bits of a host: did you mean %s?", cidr, cidr.Masked())
	}
	cidr = cidr.Masked()
	if !n.NoDHCP && cidr.Bits() >= cidr.Addr().BitLen()-1 {
		about("%s is too small for DHCP: give it more addresses, or no DHCP", cidr)
	}
	gateway := n.checkGateway(about, cidr, routed)
	n.checkPools(about, cidr, gateway)
	n.checkDNS(about)
	n.checkModes(about, cidr, routed)
}

// checkGateway returns the gateway, which is not valid if there is none.
func (n SubnetSpec) checkGateway(bad spec.Report, cidr netip.Prefix, routed bool) netip.Addr {
	switch n.Gateway {
	case neutron.NoGateway:
		return netip.Addr{}
	case "":
		if cidr.Addr().Is6() {
			return cidr.Addr()
		}
		return cidr.Addr().Next()
	}
	gateway, err := netip.ParseAddr(n.Gateway)
	switch {
	case err != nil:
		bad("gateway %q is no address: give one of %s, or none", n.Gateway, cidr)
	case gateway.Is4() != cidr.Addr().Is4():
		bad("gateway %s is of the other IP version", gateway)
	case routed && n.served() && !cidr.Contains(gateway):
		bad("gateway %s is not in %s, so no router can have it", gateway, cidr)
	case gateway.Is4() && cidr.Bits() < 31 && (gateway == cidr.Addr() || gateway == lastAddress(cidr)):
		bad("gateway %s is the network's or the broadcast address of %s", gateway, cidr)
	}
	return gateway
}

// checkPools reports what is wrong with the pools of addresses.
func (n SubnetSpec) checkPools(bad spec.Report, cidr netip.Prefix, gateway netip.Addr) {
	var before []addressRange
	for _, p := range n.Pools {
		r, err := parseRange(p.Start, p.End)
		switch {
		case err != nil:
			bad("pool: %v", err)
			continue
		case !cidr.Contains(r.start) || !cidr.Contains(r.end):
			bad("pool %s is not within %s", r, cidr)
		case gateway.IsValid() && r.contains(gateway):
			bad("pool %s contains the gateway %s: leave it out", r, gateway)
		case slices.ContainsFunc(before, r.overlaps):
			bad("pool %s overlaps with another", r)
		}
		before = append(before, r)
	}
}

// checkDNS reports what is wrong with the name servers.
func (n SubnetSpec) checkDNS(bad spec.Report) {
	for i, server := range n.DNS {
		if _, err := netip.ParseAddr(server); err != nil {
			bad("name server %q is no address", server)
		}
		if slices.Contains(n.DNS[:i], server) {
			bad("name server %s is there twice", server)
		}
	}
}

// checkModes reports what is wrong with the modes of IPv6.
func (n SubnetSpec) checkModes(bad spec.Report, cidr netip.Prefix, routed bool) {
	modes := slices.DeleteFunc([]string{n.IPv6RAMode, n.IPv6AddressMode}, func(m string) bool { return m == "" })
	for _, m := range modes {
		if !slices.Contains(ipv6Modes, m) {
			bad("IPv6 mode %q is not slaac, dhcpv6-stateful or dhcpv6-stateless", m)
		}
	}
	switch {
	case len(modes) == 0:
		return
	case cidr.Addr().Is4():
		bad("IPv6 modes make no sense for %s", cidr)
	case n.NoDHCP:
		bad("IPv6 modes need DHCP: leave one of them out")
	case len(modes) == 2 && modes[0] != modes[1]:
		bad("IPv6 modes %s and %s contradict each other: give the same for both, or only one", modes[0], modes[1])
	case n.IPv6RAMode == "" && routed && n.served():
		bad("IPv6 address mode alone means that another router announces the subnet: " +
			"give the RA mode too, or keep the router from it")
	}
	selfMade := slices.ContainsFunc(modes, func(m string) bool { return m != "dhcpv6-stateful" })
	if selfMade && cidr.Addr().Is6() && cidr.Bits() != 64 {
		bad("%s: ports make their addresses themselves, which needs a range of 64 bits", cidr)
	}
}

// lastAddress returns the last address of a range.
func lastAddress(cidr netip.Prefix) netip.Addr {
	last := cidr.Addr().AsSlice()
	for bit := cidr.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 1 << (7 - bit%8)
	}
	a, _ := netip.AddrFromSlice(last)
	return a
}
