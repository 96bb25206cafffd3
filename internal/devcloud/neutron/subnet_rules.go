package neutron

import (
	"net/http"
	"net/netip"
	"slices"

	"novaflow/internal/devcloud/api"
)

// ipv6Modes are the ways in which an IPv6 subnet announces addresses and routers.
var ipv6Modes = []string{"slaac", "dhcpv6-stateful", "dhcpv6-stateless"}

// auto reports whether ports derive their addresses on the subnet from their MAC
// addresses.
func (s *Subnet) auto() bool { return s.AddressMode == "slaac" || s.AddressMode == "dhcpv6-stateless" }

// check refuses a new subnet that neutron refuses.
func (s *Subnet) check() error {
	for _, check := range []func() error{s.checkModes, s.checkGateway, s.checkPools, s.checkDNS} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s *Subnet) checkModes() error {
	for i, mode := range []string{s.RAMode, s.AddressMode} {
		name := []string{"ipv6_ra_mode", "ipv6_address_mode"}[i]
		switch {
		case mode == "":
		case !slices.Contains(ipv6Modes, mode):
			return badRequest("Invalid input for %s. Reason: %s is not in valid_values.", name, mode)
		case s.CIDR.Addr().Is4():
			return badInput("%s is not valid when ip_version is 4.", name)
		case s.NoDHCP:
			return badInput("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.")
		}
	}
	if s.RAMode != "" && s.AddressMode != "" && s.RAMode != s.AddressMode {
		return badInput("ipv6_ra_mode set to '%s' with ipv6_address_mode set to '%s' is not valid. If both "+
			"attributes are set, they must be the same value.", s.RAMode, s.AddressMode)
	}
	if s.auto() && s.CIDR.Bits() != 64 {
		return badInput("Invalid CIDR %s for IPv6 address mode. OpenStack uses the EUI-64 address format, which "+
			"requires the prefix to be /64.", s.CIDR)
	}
	if !s.NoDHCP && s.CIDR.Bits() >= s.CIDR.Addr().BitLen()-1 {
		return badInput("Subnet has a prefix length that is incompatible with DHCP service enabled.")
	}
	return nil
}

func (s *Subnet) checkGateway() error {
	if s.Gateway == "" {
		return nil
	}
	gateway, err := netip.ParseAddr(s.Gateway)
	if err != nil {
		return badRequest("Invalid input for gateway_ip. Reason: '%s' is not a valid IP address.", s.Gateway)
	}
	if gateway.Is4() && (gateway == s.CIDR.Addr() || gateway == lastAddress(s.CIDR)) {
		return badInput("Gateway is not valid on subnet.")
	}
	return nil
}

func (s *Subnet) checkPools() error {
	gateway, _ := netip.ParseAddr(s.Gateway)
	for i, p := range s.Pools {
		if p.End.Less(p.Start) {
			return api.NetFail(http.StatusBadRequest, "InvalidAllocationPool",
				"The allocation pool {'start': '%s', 'end': '%s'} is not valid.", p.Start, p.End)
		}
		if !s.CIDR.Contains(p.Start) || !s.CIDR.Contains(p.End) {
			return api.NetFail(http.StatusBadRequest, "OutOfBoundsAllocationPool",
				"The allocation pool %s spans beyond the subnet cidr %s.", p, s.CIDR)
		}
		for _, o := range s.Pools[:i] {
			if !p.End.Less(o.Start) && !o.End.Less(p.Start) {
				return conflict("OverlappingAllocationPools",
					"Found overlapping allocation pools: %s %s for subnet %s.", o, p, s.CIDR)
			}
		}
		if gateway.IsValid() && !gateway.Less(p.Start) && !p.End.Less(gateway) {
			return conflict("GatewayConflictWithAllocationPools", "Gateway ip %s conflicts with allocation pool %s.",
				gateway, p)
		}
	}
	return nil
}

func (s *Subnet) checkDNS() error {
	bad := func(format string, a ...any) error {
		return badRequest("Invalid input for dns_nameservers. Reason: "+format, a...)
	}
	for i, server := range s.DNS {
		if _, err := netip.ParseAddr(server); err != nil {
			return bad("'%[1]s' is not a valid nameserver. '%[1]s' is not a valid IP address.", server)
		}
		if slices.Contains(s.DNS[:i], server) {
			return bad("Duplicate nameserver '%s'.", server)
		}
	}
	return nil
}
