package neutron

import (
	"net/netip"
	"slices"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// interfaceRequest is the body of add_router_interface and remove_router_interface.
type interfaceRequest struct {
	Subnet string `json:"subnet_id"`
	Port   string `json:"port_id"`
}

// interfaces lists the router's ports on project networks.
func (c RouterAPI) interfaces(r *Router) []*Port {
	return slices.DeleteFunc(c.Ports.Find("device_id="+r.ID), func(p *Port) bool { return !p.isInterface() })
}

func interfaceView(r *Router, p *Port, subnets ...string) obj {
	if len(subnets) == 0 {
		for _, f := range p.FixedIPs {
			subnets = append(subnets, f.Subnet)
		}
	}
	v := obj{"id": r.ID, "tenant_id": r.Project, "port_id": p.ID, "network_id": p.Network, "subnet_ids": subnets}
	if len(subnets) > 0 {
		v["subnet_id"] = subnets[0]
	}
	return v
}

func (c RouterAPI) addInterface(q *api.Request) (any, error) {
	var in interfaceRequest
	if err := q.Decode(&in); err != nil {
		return nil, err
	}
	r, err := c.routerCollection().getOwn(q, "update")
	if err != nil {
		return nil, err
	}
	var p *Port
	var subnets []string
	switch {
	case in.Port != "":
		p, err = c.plugPort(q, r, in.Port)
	case in.Subnet != "":
		subnets = []string{in.Subnet}
		p, err = c.plugSubnet(q, r, in.Subnet)
	default:
		err = badRouter("Either subnet_id or port_id must be specified")
	}
	if err != nil {
		return nil, err
	}
	q.Become("", &p.Meta, "", 0)
	c.Ports.Put(p)
	r.Touch(q.Now)
	c.Routers.Put(r)
	return interfaceView(r, p, subnets...), nil
}

func (c RouterAPI) plugPort(q *api.Request, r *Router, id string) (*Port, error) {
	p, ok := c.Ports.Get(id)
	if !ok || !q.Sees(p.Project) {
		return nil, noPort(id)
	}
	if p.Device != "" {
		return nil, conflict("PortInUse", "Unable to complete operation on port %s for network %s. Port already has "+
			"an attached device %s.", p.ID, p.Network, p.Device)
	}
	for _, f := range p.FixedIPs {
		if s, ok := c.Subnets.Get(f.Subnet); ok {
			if err := c.checkInterface(r, s); err != nil {
				return nil, err
			}
		}
	}
	p.Device, p.Owner, p.Status, p.Groups, p.Unsafe = r.ID, routerInterfaces[r.Kind], "ACTIVE", nil, true
	return p, nil
}

// plugSubnet creates a port for the subnet. On IPv6 it gives the subnet's address to the
// port that the router may already have on the network.
func (c RouterAPI) plugSubnet(q *api.Request, r *Router, id string) (*Port, error) {
	s, ok := c.Subnets.Get(id)
	if !ok || !s.Visible(c.Neutron, q) {
		return nil, noSubnet(id)
	}
	if s.Gateway == "" {
		return nil, badRouter("Subnet for router interface must have a gateway IP")
	}
	if err := c.checkInterface(r, s); err != nil {
		return nil, err
	}
	if p := c.ipv6Interface(r, s); p != nil {
		p.Touch(q.Now)
		return p, c.assignAddresses(p, append(slices.Clone(p.FixedIPs), FixedIP{s.ID, s.Gateway}))
	}
	p := &Port{Meta: store.Meta{ID: uuid.NewString(), Project: r.Project, Status: "ACTIVE", Created: q.Now,
		Updated: q.Now, Revision: 3},
		Network: s.Network, Device: r.ID, Owner: routerInterfaces[r.Kind], Unsafe: true}
	if err := c.FinishPort(p, []FixedIP{{s.ID, s.Gateway}}, true); err != nil {
		return nil, err
	}
	return p, c.addSNAT(r, p, q.Now)
}

// ipv6Interface finds the router's port for IPv6 on the network of an IPv6 subnet.
func (c RouterAPI) ipv6Interface(r *Router, s *Subnet) *Port {
	if s.CIDR.Addr().Is4() {
		return nil
	}
	for _, p := range c.interfaces(r) {
		is6 := func(f FixedIP) bool { a, err := netip.ParseAddr(f.IP); return err == nil && a.Is6() }
		if p.Network == s.Network && slices.ContainsFunc(p.FixedIPs, is6) {
			return p
		}
	}
	return nil
}

// checkInterface refuses a subnet that the router has, or that overlaps with one that it
// has.
func (c RouterAPI) checkInterface(r *Router, s *Subnet) error {
	if s.AddressMode != "" && s.RAMode == "" {
		return badRouter("IPv6 subnet %s configured to receive RAs from an external router cannot be added to "+
			"Neutron Router.", s.ID)
	}
	for _, p := range c.Ports.Find("device_id=" + r.ID) {
		for _, f := range p.FixedIPs {
			other, ok := c.Subnets.Get(f.Subnet)
			if f.Subnet == s.ID {
				return badRouter("Router already has a port on subnet %s", s.ID)
			}
			if ok && other.CIDR.Overlaps(s.CIDR) {
				return badRouter("Cidr %s of subnet %s overlaps with cidr %s of subnet %s", s.CIDR, s.ID, other.CIDR,
					other.ID)
			}
		}
	}
	return nil
}

func (c RouterAPI) removeInterface(q *api.Request) (any, error) {
	var in interfaceRequest
	if err := q.Decode(&in); err != nil {
		return nil, err
	}
	r, err := c.routerCollection().getOwn(q, "update")
	if err != nil {
		return nil, err
	}
	for _, p := range c.interfaces(r) {
		on := slices.ContainsFunc(p.FixedIPs, func(f FixedIP) bool { return f.Subnet == in.Subnet })
		if p.ID != in.Port && !on {
			continue
		}
		return c.detachInterface(q, r, p, in.Subnet)
	}
	if in.Subnet != "" {
		return nil, notFound("RouterInterfaceNotFoundForSubnet", "Router %s has no interface on subnet %s", r.ID,
			in.Subnet)
	}
	return nil, notFound("RouterInterfaceNotFound", "Router %s does not have an interface with id %s", r.ID, in.Port)
}

// detachInterface removes one subnet from the router. With subnet "" it removes the whole
// port.
func (c RouterAPI) detachInterface(q *api.Request, r *Router, p *Port, subnet string) (any, error) {
	if id := c.requiredBy(r, p, subnet); id != "" {
		return nil, conflict("RouterInterfaceInUseByFloatingIP",
			"Router interface for subnet %s on router %s cannot be deleted, as it is required by one or more "+
				"floating IPs.", id, r.ID)
	}
	answer := interfaceView(r, p)
	if subnet != "" {
		answer = interfaceView(r, p, subnet)
	}
	left := slices.DeleteFunc(slices.Clone(p.FixedIPs), func(f FixedIP) bool { return f.Subnet == subnet })
	if subnet != "" && len(left) > 0 {
		p.Touch(q.Now)
		if err := c.assignAddresses(p, left); err != nil {
			return nil, err
		}
		c.Ports.Put(p)
	} else {
		c.dropSNAT(r, p.Network)
		c.DropPort(p)
	}
	r.Touch(q.Now)
	c.Routers.Put(r)
	return answer, nil
}

// requiredBy returns the subnet of an interface that a floating IP goes through, or "".
func (c RouterAPI) requiredBy(r *Router, p *Port, subnet string) string {
	for _, f := range c.FloatingIPs.Find("router=" + r.ID) {
		a, err := netip.ParseAddr(f.Fixed)
		for _, own := range p.FixedIPs {
			s, ok := c.Subnets.Get(own.Subnet)
			if err == nil && ok && (subnet == "" || subnet == s.ID) && s.CIDR.Contains(a) {
				return s.ID
			}
		}
	}
	return ""
}
