package server

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"novaflow/workflows/spec"
)

// PortSpec asks for a port on a network, or for an existing port.
type PortSpec struct {
	// an existing one, by name or id: it is never changed or deleted, and has no other
	// fields
	Port string `json:"port,omitempty"`

	Network          string        `json:"network,omitempty"`
	FixedIP          string        `json:"fixedIP,omitempty"`  // "" lets neutron choose
	FixedIPs         []FixedIP     `json:"fixedIPs,omitempty"` // more, on one subnet or several
	MAC              string        `json:"mac,omitempty"`
	SecurityGroups   []string      `json:"securityGroups,omitempty"` // instead of the server's
	AllowedAddresses []AddressPair `json:"allowedAddresses,omitempty"`
	// no security groups, and no protection from spoofing
	NoPortSecurity bool `json:"noPortSecurity,omitempty"`
}

// FixedIP is an address of a port: a certain one, or any of a subnet.
type FixedIP struct {
	Subnet string `json:"subnet,omitempty"` // by name or id; "": the one that the address is in
	IP     string `json:"ip,omitempty"`     // "": any free one of the subnet
}

// AddressPair is an address that a port may send from beside its own.
type AddressPair struct {
	IP  string `json:"ip"` // or a range in CIDR form
	MAC string `json:"mac,omitempty"`
}

// addresses returns all fixed IPs that are asked for.
func (p PortSpec) addresses() []FixedIP {
	if p.FixedIP == "" {
		return p.FixedIPs
	}
	return append([]FixedIP{{IP: p.FixedIP}}, p.FixedIPs...)
}

// target returns the address of a port that a floating IP is to reach: the first of IPv4
// that was asked for, else the first that the port has. It is "" if neutron has no
// choice.
func (p PortSpec) target(has []string) string {
	var ipv4 []string
	for _, ip := range has {
		if a, err := netip.ParseAddr(ip); err == nil && a.Is4() {
			ipv4 = append(ipv4, ip)
		}
	}
	if len(ipv4) < 2 {
		return ""
	}
	for _, f := range p.addresses() {
		if slices.Contains(ipv4, f.IP) {
			return f.IP
		}
	}
	return ipv4[0]
}

// checkPorts reports what is wrong with the ports.
func (s CreateSpec) checkPorts(bad spec.Report) {
	if len(s.Ports) == 0 {
		bad("ports: give at least one network")
	}
	guarded := 0
	for i, p := range s.Ports {
		p.check(bad, i)
		if p.Port == "" && !p.NoPortSecurity {
			guarded++
		}
		before := s.Ports[:i]
		for _, f := range p.addresses() {
			if f.IP != "" && slices.ContainsFunc(before, func(other PortSpec) bool {
				return other.Network == p.Network && other.has(f.IP)
			}) {
				bad("port %d: fixed IP %s on %s is another port's already", i, f.IP, p.Network)
			}
		}
		if p.Port != "" && slices.ContainsFunc(before, func(other PortSpec) bool { return other.Port == p.Port }) {
			bad("port %d: %q is another port of the server already", i, p.Port)
		}
		if p.MAC != "" && slices.ContainsFunc(before, func(other PortSpec) bool {
			return other.MAC == p.MAC && other.Network == p.Network
		}) {
			bad("port %d: MAC address %s on %s is another port's already", i, p.MAC, p.Network)
		}
	}
	if len(s.Ports) > 0 && guarded == 0 && len(s.Ingress)+len(s.SecurityGroups) > 0 {
		bad("ports: no port takes security groups, as existing ports are not changed " +
			"and others have no port security: leave out the security groups and what is admitted")
	}
	spec.CheckList(bad, "security group", s.SecurityGroups)
}

// has reports whether the port asks for an address, however that is written.
func (p PortSpec) has(ip string) bool {
	wanted, err := netip.ParseAddr(ip)
	return err == nil && slices.ContainsFunc(p.addresses(), func(f FixedIP) bool {
		a, err := netip.ParseAddr(f.IP)
		return err == nil && a == wanted
	})
}

// check reports what is wrong with the port at an index.
func (p PortSpec) check(bad spec.Report, i int) {
	if p.Port != "" {
		rest := p
		if rest.Port = ""; !rest.empty() {
			bad("port %d: %q exists and is used as it is: give no network, addresses or groups for it", i, p.Port)
		}
		return
	}
	spec.Require(bad, fmt.Sprintf("port %d: network", i), p.Network)
	for n, f := range p.addresses() {
		if _, err := netip.ParseAddr(f.IP); f.IP != "" && err != nil {
			bad("port %d: fixed IP %q is no address", i, f.IP)
		}
		if f == (FixedIP{}) {
			bad("port %d: fixed IP %d: give a subnet, an address or both", i, n)
		}
	}
	if p.MAC != "" && !isMAC(p.MAC) {
		bad("port %d: %q is no MAC address", i, p.MAC)
	}
	for _, pair := range p.AllowedAddresses {
		pair.check(bad, i)
	}
	if p.NoPortSecurity && len(p.SecurityGroups)+len(p.AllowedAddresses) > 0 {
		bad("port %d: without port security it takes neither security groups nor allowed addresses", i)
	}
	spec.CheckList(bad, fmt.Sprintf("port %d: security group", i), p.SecurityGroups)
}

// empty reports whether nothing is asked for.
func (p PortSpec) empty() bool {
	return p.Port+p.Network+p.FixedIP+p.MAC == "" && len(p.FixedIPs) == 0 &&
		len(p.SecurityGroups)+len(p.AllowedAddresses) == 0 && !p.NoPortSecurity
}

// check reports what is wrong with an allowed address of a port.
func (pair AddressPair) check(bad spec.Report, port int) {
	_, one := netip.ParseAddr(pair.IP)
	_, many := netip.ParsePrefix(pair.IP)
	if one != nil && many != nil {
		bad("port %d: allowed address %q is neither an address nor in CIDR form", port, pair.IP)
	}
	if pair.MAC != "" && !isMAC(pair.MAC) {
		bad("port %d: allowed address %s: %q is no MAC address", port, pair.IP, pair.MAC)
	}
}

// isMAC reports whether a text is a MAC address of Ethernet.
func isMAC(text string) bool {
	mac, err := net.ParseMAC(text)
	return err == nil && len(mac) == 6
}
