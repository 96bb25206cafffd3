package topology

import (
	"fmt"
	"net/netip"
	"slices"

	"novaflow/activities/neutron"
	"novaflow/workflows/spec"
)

// Spec is the request for a network. Existing routers and external networks are given by
// name or id.
type Spec struct {
	spec.RunOptions
	Name string `json:"name"`          // one network of this name per project
	MTU  int    `json:"mtu,omitempty"` // bytes; 0 is what the cloud offers
	// ports are not guarded, and have no security groups
	NoPortSecurity bool `json:"noPortSecurity,omitempty"`

	Subnets []SubnetSpec `json:"subnets"` // one at least

	NewRouter       bool   `json:"newRouter,omitempty"`       // a router of the network's name is created
	Router          string `json:"router,omitempty"`          // or an existing one is used, which is never deleted
	ExternalNetwork string `json:"externalNetwork,omitempty"` // of the new router; "auto" is the only one; "" none

	// one of the network's name is created; it lets everything out
	SecurityGroup bool        `json:"securityGroup,omitempty"`
	Ingress       []spec.Rule `json:"ingress,omitempty"` // what the security group admits
}

// SubnetSpec asks for a subnet.
type SubnetSpec struct {
	CIDR            string     `json:"cidr"`
	Name            string     `json:"name,omitempty"`    // "" is the network's name and a number
	Gateway         string     `json:"gateway,omitempty"` // "" is the first address; "none": none
	DNS             []string   `json:"dns,omitempty"`     // addresses of name servers
	Pools           []PoolSpec `json:"pools,omitempty"`   // left out: all addresses but the gateway's
	NoDHCP          bool       `json:"noDHCP,omitempty"`
	IPv6RAMode      string     `json:"ipv6RAMode,omitempty"`      // slaac, dhcpv6-stateful or dhcpv6-stateless
	IPv6AddressMode string     `json:"ipv6AddressMode,omitempty"` // the same, or ""
	NoRouter        bool       `json:"noRouter,omitempty"`        // the router does not serve it
}

// PoolSpec is a range of addresses that ports get theirs from, with both its ends.
type PoolSpec struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// Request returns what every request for a new resource has, to be filled in.
func (s *Spec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

// Limits of neutron: the least MTU that IPv4 works with, and the least for IPv6.
const (
	leastMTU4 = 68
	leastMTU6 = 1280
	mostMTU   = 65535
)

// Validate returns everything that is wrong with the request and can be seen without a
// cloud, joined, or nil.
func (s Spec) Validate() error {
	return spec.Validate(func(bad spec.Report) {
		s.RunOptions.Check(bad)
		spec.Require(bad, "name", s.Name)
		spec.CheckName(bad, s.Name)
		if s.MTU != 0 && (s.MTU < s.leastMTU() || s.MTU > mostMTU) {
			bad("mtu: %d is not between %d and %d", s.MTU, s.leastMTU(), mostMTU)
		}
		if len(s.Subnets) == 0 {
			bad("subnets: give at least one")
		}
		for i, n := range s.Subnets {
			n.check(bad, i, s.routed())
			s.checkAmong(bad, i)
		}
		s.checkRouter(bad)
		spec.CheckRules(bad, s.Ingress)
		if s.NoPortSecurity && s.wantsGroup() {
			bad("security group: ports of a network without port security have none: leave one of them out")
		}
	})
}

// leastMTU returns the least MTU that all subnets work with.
func (s Spec) leastMTU() int {
	for _, n := range s.Subnets {
		if n.is6() {
			return leastMTU6
		}
	}
	return leastMTU4
}

// routed reports whether a router is to serve the subnets.
func (s Spec) routed() bool { return s.NewRouter || s.Router != "" }

// wantsGroup reports whether a security group is to be created.
func (s Spec) wantsGroup() bool { return s.SecurityGroup || len(s.Ingress) > 0 }

// checkRouter reports what is wrong with the router.
func (s Spec) checkRouter(bad spec.Report) {
	if s.NewRouter && s.Router != "" {
		bad("router: either create one, or use %q, not both", s.Router)
	}
	if s.ExternalNetwork != "" && !s.NewRouter {
		bad("external network: only a new router gets a gateway: ask for one, or leave it out")
	}
	for i, n := range s.Subnets {
		if n.NoRouter && !s.routed() {
			bad("subnet %d: there is no router to keep it from", i)
		}
	}
	if s.routed() && len(s.Subnets) > 0 && !slices.ContainsFunc(s.Subnets, SubnetSpec.served) {
		bad("router: it would serve no subnet: each has no gateway, or is kept from it")
	}
}

// checkAmong compares a subnet with those before it.
func (s Spec) checkAmong(bad spec.Report, i int) {
	a, err := netip.ParsePrefix(s.Subnets[i].CIDR)
	for j, other := range s.Subnets[:i] {
		if b, errB := netip.ParsePrefix(other.CIDR); err == nil && errB == nil && a.Overlaps(b) {
			bad("subnet %d: %s overlaps with %s of subnet %d", i, a.Masked(), b.Masked(), j)
		}
		if s.subnetName(i) == s.subnetName(j) {
			bad("subnet %d: subnet %[3]d has the name %[2]q already", i, s.subnetName(i), j)
		}
	}
}

// subnetName returns the name of a subnet, given or not.
func (s Spec) subnetName(i int) string {
	if s.Subnets[i].Name != "" {
		return s.Subnets[i].Name
	}
	return fmt.Sprintf("%s-%d", s.Name, i)
}

// served reports whether the router is to serve the subnet: for that it needs a
// gateway.
func (n SubnetSpec) served() bool { return !n.NoRouter && n.Gateway != neutron.NoGateway }

// is6 reports whether the subnet is of IPv6.
func (n SubnetSpec) is6() bool {
	p, err := netip.ParsePrefix(n.CIDR)
	return err == nil && p.Addr().Is6()
}

// ports counts the ports that the router gets: one for each IPv4 subnet, and one
// for all of IPv6.
func (s Spec) ports() (n int) {
	six := 0
	for _, subnet := range s.Subnets {
		switch {
		case !s.routed() || !subnet.served():
		case subnet.is6():
			six = 1
		default:
			n++
		}
	}
	return n + six
}

// Network is what was created.
type Network struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Subnets       []Subnet `json:"subnets"`                 // in the order of the request
	Router        string   `json:"router,omitempty"`        // id
	ExternalIPs   []string `json:"externalIPs,omitempty"`   // of the new router
	SecurityGroup string   `json:"securityGroup,omitempty"` // id
}

// Subnet is a subnet that was created.
type Subnet struct {
	ID      string `json:"id"`
	CIDR    string `json:"cidr"`
	Gateway string `json:"gateway,omitempty"` // "" none
}
