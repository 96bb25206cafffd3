package topology

import (
	"fmt"
	"net/netip"
	"slices"

	"novaflow/activities"
	"novaflow/workflows/spec"
)

// Spec is the input of NetworkCreate. Routers and external networks that
// exist are given by name or id.
type Spec struct {
	spec.RunOptions
	Name           string `json:"name"`                     // one network of this name per project
	MTU            int    `json:"mtu,omitempty"`            // bytes; 0 is what the cloud offers
	NoPortSecurity bool   `json:"noPortSecurity,omitempty"` // ports are not guarded, and have no security groups

	Subnets []SubnetSpec `json:"subnets"` // one at least

	NewRouter       bool   `json:"newRouter,omitempty"`       // makes a router of the network's name
	Router          string `json:"router,omitempty"`          // or uses one that exists, which is never deleted
	ExternalNetwork string `json:"externalNetwork,omitempty"` // of the new router; "auto" is the only one; "" none

	SecurityGroup bool        `json:"securityGroup,omitempty"` // makes one of the network's name; it lets everything out
	Ingress       []spec.Rule `json:"ingress,omitempty"`       // what it admits
}

// SubnetSpec asks for a subnet.
type SubnetSpec struct {
	CIDR            string     `json:"cidr"`
	Name            string     `json:"name,omitempty"`    // "" is the network's name and a number
	Gateway         string     `json:"gateway,omitempty"` // "" is the first address; "none": none
	DNS             []string   `json:"dns,omitempty"`     // addresses of name servers
	Pools           []PoolSpec `json:"pools,omitempty"`   // none are all addresses but the gateway's
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

// Request gives access to what every request for a new resource has.
func (s *Spec) Request() (*spec.RunOptions, *string) { return &s.RunOptions, &s.Name }

const (
	leastMTU4 = 68
	leastMTU6 = 1280
	mostMTU   = 65535
)

// Validate returns everything that is wrong with the spec and can be seen
// without a cloud, joined, or nil.
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
			n.validate(bad, i, s.routed())
			s.validateAmong(bad, i)
		}
		s.validateRouter(bad)
		spec.CheckRules(bad, s.Ingress)
		if s.NoPortSecurity && s.wantsGroup() {
			bad("security group: ports of a network without port security have none: leave one of them out")
		}
	})
}

func (s Spec) leastMTU() int {
	for _, n := range s.Subnets {
		if n.is6() {
			return leastMTU6
		}
	}
	return leastMTU4
}

func (s Spec) routed() bool { return s.NewRouter || s.Router != "" }

func (s Spec) wantsGroup() bool { return s.SecurityGroup || len(s.Ingress) > 0 }

func (s Spec) validateRouter(bad spec.Report) {
	if s.NewRouter && s.Router != "" {
		bad("router: either make one, or use %q, not both", s.Router)
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

// validateAmong compares a subnet with those before it.
func (s Spec) validateAmong(bad spec.Report, i int) {
	a, err := netip.ParsePrefix(s.Subnets[i].CIDR)
	for j, other := range s.Subnets[:i] {
		if b, errB := netip.ParsePrefix(other.CIDR); err == nil && errB == nil && a.Overlaps(b) {
			bad("subnet %d: %s overlaps with %s of subnet %d", i, a.Masked(), b.Masked(), j)
		}
		if s.subnetName(i) == s.subnetName(j) {
			bad("subnet %d: name %q is that of subnet %d already", i, s.subnetName(i), j)
		}
	}
}

// subnetName is the name of a subnet, given or not.
func (s Spec) subnetName(i int) string {
	if s.Subnets[i].Name != "" {
		return s.Subnets[i].Name
	}
	return fmt.Sprintf("%s-%d", s.Name, i)
}

// served reports whether the router is to serve the subnet: for that it needs a
// gateway.
func (n SubnetSpec) served() bool { return !n.NoRouter && n.Gateway != activities.NoGateway }

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

// Network is the result of NetworkCreate.
type Network struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Subnets       []Subnet `json:"subnets"`                 // in the order of the spec
	Router        string   `json:"router,omitempty"`        // id
	ExternalIPs   []string `json:"externalIPs,omitempty"`   // of the new router
	SecurityGroup string   `json:"securityGroup,omitempty"` // id
}

// Subnet is a subnet that was made.
type Subnet struct {
	ID      string `json:"id"`
	CIDR    string `json:"cidr"`
	Gateway string `json:"gateway,omitempty"` // "" none
}
