package neutron

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"novaflow/internal/devcloud/api"
)

// FinishPort gives the port a MAC address and its fixed addresses. If none are wanted by
// name, it gets one of each IP version.
func (c *Neutron) FinishPort(p *Port, want []FixedIP, given bool) error {
	for p.MAC == "" || c.Ports.Count("mac="+p.Network+p.MAC) > 0 && !c.Ports.Has(p.ID) {
		var b [3]byte
		rand.Read(b[:]) //nolint:errcheck // it never fails
		p.MAC = fmt.Sprintf("fa:16:3e:%02x:%02x:%02x", b[0], b[1], b[2])
	}
	if !given {
		want = c.anyAddresses(p.Network)
	}
	return c.assignAddresses(p, c.withAuto(p, want))
}

// assignAddresses gives the port the wanted addresses instead of those it has, all or
// none.
func (c *Neutron) assignAddresses(p *Port, want []FixedIP) error {
	old := p.FixedIPs
	got := []FixedIP{}
	for _, w := range want {
		if i := slices.IndexFunc(old, func(f FixedIP) bool { return f.IP == w.IP && w.IP != "" }); i >= 0 {
			got = append(got, old[i])
			continue
		}
		f, err := c.allocate(p, w)
		if err != nil {
			for _, g := range got {
				if !slices.Contains(old, g) {
					c.release(g)
				}
			}
			return err
		}
		got = append(got, f)
	}
	for _, f := range old {
		if !slices.Contains(got, f) {
			c.release(f)
		}
	}
	p.FixedIPs = got
	return nil
}

// allocate reserves one address for the port.
func (c *Neutron) allocate(p *Port, want FixedIP) (FixedIP, error) {
	var s *Subnet
	for _, x := range c.Subnets.Find("network_id=" + p.Network) {
		a, err := netip.ParseAddr(want.IP)
		if x.ID == want.Subnet || want.Subnet == "" && (want.IP == "" || err == nil && x.CIDR.Contains(a)) {
			s = x
			break
		}
	}
	switch {
	case s == nil && want.Subnet != "":
		return FixedIP{}, badInput("Failed to create port on network %s, because fixed_ips included invalid subnet %s.",
			p.Network, want.Subnet)
	case s == nil:
		return FixedIP{}, api.NetFail(http.StatusBadRequest, "InvalidIpForNetwork",
			"IP address %s is not a valid IP for any of the subnets on the specified network.", want.IP)
	case want.IP == "" && s.auto():
		a := s.autoAddress(p.MAC)
		return FixedIP{s.ID, a.String()}, s.reserveAddress(a, p.ID)
	case want.IP == "":
		a, err := s.reserveNext(p.ID)
		return FixedIP{s.ID, a.String()}, err
	}
	a, err := netip.ParseAddr(want.IP)
	if err != nil {
		return FixedIP{}, badRequest("Invalid input for fixed_ips. Reason: '%s' is not a valid IP address.", want.IP)
	}
	if err := s.checkAuto(p, a); err != nil {
		return FixedIP{}, err
	}
	return FixedIP{s.ID, a.String()}, s.reserveAddress(a, p.ID)
}
