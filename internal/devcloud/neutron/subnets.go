package neutron

import (
	"maps"
	"net/http"
	"net/netip"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

type Subnet struct {
	store.Meta
	Network string           `json:"network_id"`
	CIDR    netip.Prefix     `json:"cidr"`
	Gateway string           `json:"gateway_ip,omitempty"`
	Pools   []pool           `json:"allocation_pools"`
	NoDHCP  bool             `json:"no_dhcp,omitempty"`
	DNS     []string         `json:"dns_nameservers,omitempty"`
	Routes  []map[string]any `json:"host_routes,omitempty"`

	RAMode      string `json:"ipv6_ra_mode,omitempty"`
	AddressMode string `json:"ipv6_address_mode,omitempty"`

	reserved map[netip.Addr]string // by the id of the port or floating IP
	next     netip.Addr            // where to look for the next free one
}

// Keys implements store.Object.
func (s *Subnet) Keys() []string { return append(baseKeys(&s.Meta), "network_id="+s.Network) }

// Visible reports whether the caller may see it.
func (s *Subnet) Visible(c *Neutron, q *api.Request) bool {
	n, ok := c.Networks.Get(s.Network)
	return q.Sees(s.Project) || ok && n.Shared
}

func (s *Subnet) view(*Neutron, *api.Request) obj {
	v := baseView(&s.Meta)
	dns, routes := s.DNS, s.Routes
	if dns == nil {
		dns = []string{}
	}
	if routes == nil {
		routes = []map[string]any{}
	}
	version := 6
	if s.CIDR.Addr().Is4() {
		version = 4
	}
	maps.Copy(v, obj{
		"network_id": s.Network, "ip_version": version, "cidr": s.CIDR.String(), "gateway_ip": api.OrNull(s.Gateway),
		"allocation_pools": s.Pools, "enable_dhcp": !s.NoDHCP, "dns_nameservers": dns, "host_routes": routes,
		"subnetpool_id": nil, "ipv6_ra_mode": api.OrNull(s.RAMode), "ipv6_address_mode": api.OrNull(s.AddressMode),
		"service_types": []string{},
	})
	return v
}

func (c *Neutron) subnetRoutes() []api.Route {
	return collection[*Subnet]{c: c, one: "subnet", many: "subnets", path: "subnets", table: c.Subnets,
		missing: noSubnet, quota: "subnet", create: c.createSubnet, update: c.updateSubnet,
		remove: c.deleteSubnet}.routes()
}

func noSubnet(id string) error {
	return notFound("SubnetNotFound", "Subnet %s could not be found.", id)
}

func badInput(format string, a ...any) error {
	return api.NetFail(http.StatusBadRequest, "InvalidInput", "Invalid input for operation: "+format, a...)
}

func (c *Neutron) createSubnet(q *api.Request, in *fields) (*Subnet, error) {
	s := &Subnet{Meta: newMeta(q, in)}
	s.Revision = 0
	if err := in.requireID("network_id", &s.Network); err != nil {
		return nil, err
	}
	n, ok := c.Networks.Get(s.Network)
	if !ok || !q.Sees(n.Project) {
		return nil, noNetwork(s.Network)
	}
	var cidr string
	version := 0
	in.text("cidr", &cidr)
	in.read("ip_version", &version)
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		return nil, badInput("%s is not in a CIDR format.", cidr)
	}
	s.CIDR = prefix.Masked()
	switch {
	case version != 4 && version != 6:
		return nil, badRequest("Invalid input for ip_version. Reason: %d is not in valid_values.", version)
	case (version == 4) != s.CIDR.Addr().Is4():
		return nil, badInput("cidr '%s' does not match the ip_version '%d'.", s.CIDR, version)
	}
	for _, other := range c.Subnets.Find("network_id=" + s.Network) {
		if other.CIDR.Overlaps(s.CIDR) {
			return nil, badInput("Requested subnet with cidr: %s for network: %s overlaps with another subnet.", s.CIDR,
				s.Network)
		}
	}
	s.Gateway = s.firstAddress()
	in.text("ipv6_ra_mode", &s.RAMode)
	in.text("ipv6_address_mode", &s.AddressMode)
	if err := s.read(in); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if len(s.Pools) == 0 {
		s.Pools = s.WholePools()
	}
	c.assignAutoAddresses(s)
	n.Touch(q.Now)
	c.Networks.Put(n)
	return s, nil
}

// firstAddress returns the gateway of a subnet that names none. On IPv6 it is the address
// that routers have in every subnet.
func (s *Subnet) firstAddress() string {
	switch {
	case s.CIDR.Addr().Is6():
		return s.CIDR.Addr().String()
	case s.CIDR.Bits() < 31:
		return s.CIDR.Addr().Next().String()
	}
	return ""
}

// read applies the attributes that may change over a subnet's life.
func (s *Subnet) read(in *fields) error {
	dhcp := !s.NoDHCP
	in.read("enable_dhcp", &dhcp)
	s.NoDHCP = !dhcp
	if in.isNull("gateway_ip") {
		s.Gateway = ""
	}
	in.text("gateway_ip", &s.Gateway)
	in.read("dns_nameservers", &s.DNS)
	in.read("host_routes", &s.Routes)
	in.read("allocation_pools", &s.Pools)
	return in.checkUnknown("name", "description", "subnetpool_id", "prefixlen", "service_types", "segment_id",
		"use_default_subnetpool", "tags")
}

func (c *Neutron) updateSubnet(_ *api.Request, s *Subnet, in *fields) error { return s.read(in) }

func (c *Neutron) deleteSubnet(q *api.Request, s *Subnet) error {
	if c.heldByPorts(s) {
		return conflict("SubnetInUse", "Unable to complete operation on subnet %s: One or more ports have an IP "+
			"allocation from this subnet.", s.ID)
	}
	c.removeAutoAddresses(s)
	if n, ok := c.Networks.Get(s.Network); ok {
		n.Touch(q.Now)
		c.Networks.Put(n)
	}
	c.Subnets.Remove(s.ID)
	return nil
}
