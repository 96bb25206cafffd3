package neutron

import (
	"net/http"
	"net/netip"
	"slices"

	"novaflow/internal/devcloud/api"
)

type pool struct {
	Start netip.Addr `json:"start"`
	End   netip.Addr `json:"end"`
}

// reserveNext reserves a free address for the owner. It continues where the last search
// ended, so that it looks at each address once a round.
func (s *Subnet) reserveNext(owner string) (netip.Addr, error) {
	if s.reserved == nil {
		s.reserved = map[netip.Addr]string{}
	}
	for _, p := range append([]pool{{s.next, s.poolEnd(s.next)}}, s.Pools...) {
		for a := p.Start; a.IsValid() && p.End.IsValid() && a.Compare(p.End) <= 0; a = a.Next() {
			if _, used := s.reserved[a]; !used {
				s.reserved[a], s.next = owner, a.Next()
				return a, nil
			}
		}
	}
	return netip.Addr{}, conflict("IpAddressGenerationFailure", "No more IP addresses available on network %s.",
		s.Network)
}

// poolEnd returns the end of the pool that a is in. The result is not valid if a is in
// none.
func (s *Subnet) poolEnd(a netip.Addr) netip.Addr {
	for _, p := range s.Pools {
		if a.IsValid() && p.Start.Compare(a) <= 0 && a.Compare(p.End) <= 0 {
			return p.End
		}
	}
	return netip.Addr{}
}

// reserveAddress reserves the address, which must be in the subnet and free.
func (s *Subnet) reserveAddress(a netip.Addr, owner string) error {
	if !s.CIDR.Contains(a) {
		return api.NetFail(http.StatusBadRequest, "InvalidIpForSubnet",
			"IP address %s is not a valid IP for the specified subnet.", a)
	}
	if _, used := s.reserved[a]; used {
		return conflict("IpAddressAlreadyAllocated", "IP address %s already allocated in subnet %s", a, s.ID)
	}
	if s.reserved == nil {
		s.reserved = map[netip.Addr]string{}
	}
	s.reserved[a] = owner
	return nil
}

// release frees an address.
func (c *Neutron) release(f FixedIP) {
	if s, ok := c.Subnets.Get(f.Subnet); ok {
		if a, err := netip.ParseAddr(f.IP); err == nil {
			delete(s.reserved, a)
		}
	}
}

// AddressesInUse lists the addresses of all subnets that are in use, each with its owner.
func (c *Neutron) AddressesInUse() []string {
	var all []string
	for _, s := range c.Subnets.Find() {
		for a, owner := range s.reserved {
			all = append(all, a.String()+" of "+owner)
		}
	}
	slices.Sort(all)
	return all
}

// Derive marks the addresses that ports and floating IPs use.
func (c *Neutron) Derive() {
	mark := func(f FixedIP, owner string) {
		if s, ok := c.Subnets.Get(f.Subnet); ok {
			if a, err := netip.ParseAddr(f.IP); err == nil {
				s.reserveAddress(a, owner) //nolint:errcheck // stored addresses are in their subnets
			}
		}
	}
	for _, p := range c.Ports.Find() {
		for _, f := range p.FixedIPs {
			mark(f, p.ID)
		}
	}
	for _, f := range c.FloatingIPs.Find() {
		mark(f.Address, f.ID)
	}
}

// String formats the pool as neutron's messages do.
func (p pool) String() string { return p.Start.String() + "-" + p.End.String() }

// lastAddress returns the last address of a prefix.
func lastAddress(cidr netip.Prefix) netip.Addr {
	last := cidr.Masked().Addr().AsSlice()
	for i := range last {
		if host := (i+1)*8 - cidr.Bits(); host >= 8 {
			last[i] = 0xff
		} else if host > 0 {
			last[i] |= 1<<host - 1
		}
	}
	end, _ := netip.AddrFromSlice(last)
	return end
}

// WholePools returns the pools of all addresses except network, gateway and broadcast.
func (s *Subnet) WholePools() []pool {
	first, last := s.CIDR.Addr().Next(), lastAddress(s.CIDR)
	if last.Is4() && s.CIDR.Bits() < 31 {
		last = last.Prev()
	}
	gateway, err := netip.ParseAddr(s.Gateway)
	if err != nil || gateway.Less(first) || last.Less(gateway) {
		return []pool{{first, last}}
	}
	var pools []pool
	if first.Less(gateway) {
		pools = append(pools, pool{first, gateway.Prev()})
	}
	if gateway.Less(last) {
		pools = append(pools, pool{gateway.Next(), last})
	}
	return pools
}
