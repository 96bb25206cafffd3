package neutron

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// floatingIPAPI serves /floatingips.
type floatingIPAPI struct{ *Neutron }

type floatingIP struct {
	store.Meta
	Network string  `json:"floating_network_id"`
	Address FixedIP `json:"address"`
	Port    string  `json:"port_id,omitempty"`
	Fixed   string  `json:"fixed_ip_address,omitempty"`
	Router  string  `json:"router_id,omitempty"`
	Inside  string  `json:"inside_network,omitempty"` // the port's network
}

// Keys implements store.Object.
func (f *floatingIP) Keys() []string {
	keys := append(baseKeys(&f.Meta), "floating="+f.Network, "address="+f.Address.IP)
	if f.Port != "" {
		keys = append(keys, "port_id="+f.Port, "router="+f.Router, "router="+f.Router+" on "+f.Inside)
	}
	return keys
}

// Visible reports whether the caller may see it.
func (f *floatingIP) Visible(_ *Neutron, q *api.Request) bool { return q.Sees(f.Project) }

func (f *floatingIP) view(c *Neutron, _ *api.Request) obj {
	v := baseView(&f.Meta)
	delete(v, "name")
	maps.Copy(v, obj{
		"floating_network_id": f.Network, "floating_ip_address": f.Address.IP, "status": f.Status,
		"router_id": api.OrNull(f.Router), "port_id": api.OrNull(f.Port), "fixed_ip_address": api.OrNull(f.Fixed),
		"port_details": nil,
	})
	if p, ok := c.Ports.Get(f.Port); ok {
		v["port_details"] = obj{"name": p.Name, "network_id": p.Network, "mac_address": p.MAC,
			"admin_state_up": !p.Down, "status": p.Status, "device_id": p.Device, "device_owner": p.Owner}
	}
	return v
}

func (f *floatingIP) disassociate() {
	f.Port, f.Fixed, f.Router, f.Inside, f.Status = "", "", "", "", "DOWN"
}

func (c floatingIPAPI) floatingIPRoutes() []api.Route {
	return collection[*floatingIP]{c: c.Neutron, one: "floatingip", many: "floatingips", path: "floatingips",
		table: c.FloatingIPs, missing: noFloatingIP, quota: "floatingip", create: c.createFloatingIP,
		update: c.updateFloatingIP, remove: c.deleteFloatingIP}.routes()
}

func badFloatingIP(format string, a ...any) error {
	return api.NetFail(http.StatusBadRequest, "BadRequest", "Bad floatingip request: "+format, a...)
}

func noFloatingIP(id string) error {
	return notFound("FloatingIPNotFound", "Floating IP %s could not be found", id)
}

func (c floatingIPAPI) createFloatingIP(q *api.Request, in *fields) (*floatingIP, error) {
	f := &floatingIP{Meta: newMeta(q, in)}
	f.Name, f.Status, f.Revision = "", "DOWN", 0
	if err := in.requireID("floating_network_id", &f.Network); err != nil {
		return nil, err
	}
	var wanted, subnetID, portID, fixed string
	in.text("floating_ip_address", &wanted)
	in.text("subnet_id", &subnetID)
	in.text("port_id", &portID)
	in.text("fixed_ip_address", &fixed)
	if err := in.checkUnknown("qos_policy_id", "dns_name", "dns_domain", "tags", "distributed"); err != nil {
		return nil, err
	}
	if wanted != "" && !q.Token.Admin {
		return nil, disallow("(rule:create_floatingip and rule:create_floatingip:floating_ip_address) is disallowed " +
			"by policy")
	}
	n, ok := c.Networks.Get(f.Network)
	if !ok || !n.Visible(c.Neutron, q) {
		return nil, noNetwork(f.Network)
	}
	if !n.External {
		return nil, badFloatingIP("Network %s is not a valid external network.", n.ID)
	}
	if err := c.reserveFloating(f, subnetID, wanted); err != nil {
		return nil, err
	}
	if portID == "" {
		return f, nil
	}
	if err := c.associate(q, f, portID, fixed); err != nil {
		c.release(f.Address)
		return nil, err
	}
	return f, nil
}

// reserveFloating reserves an address of the external network.
func (c floatingIPAPI) reserveFloating(f *floatingIP, subnetID, wanted string) error {
	err := conflict("ExternalIpAddressExhausted", "Unable to find any IP address on external network %s.",
		f.Network)
	for _, s := range c.Subnets.Find("network_id=" + f.Network) {
		if subnetID != "" && s.ID != subnetID {
			continue
		}
		if wanted != "" {
			a, bad := netip.ParseAddr(wanted)
			if bad != nil {
				return badInput("'%s' is not a valid IP address", wanted)
			}
			f.Address = FixedIP{s.ID, wanted}
			return s.reserveAddress(a, f.ID)
		}
		if a, full := s.reserveNext(f.ID); full == nil {
			f.Address = FixedIP{s.ID, a.String()}
			return nil
		}
	}
	return err
}

// associate joins the floating IP to a fixed address of the port, which a
// router must connect to the external network.
func (c floatingIPAPI) associate(q *api.Request, f *floatingIP, portID, fixed string) error {
	p, ok := c.Ports.Get(portID)
	if !ok || !q.Sees(p.Project) {
		return noPort(portID)
	}
	inside4 := slices.DeleteFunc(slices.Clone(p.FixedIPs), func(x FixedIP) bool { return strings.Contains(x.IP, ":") })
	if len(inside4) == 0 {
		return badFloatingIP("Cannot add floating IP to port %s that has no fixed IPv4 addresses.", p.ID)
	}
	if len(inside4) > 1 && fixed == "" {
		return badFloatingIP("Port %s has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when "+
			"assigning a floating IP.", p.ID)
	}
	inside := inside4[0]
	if i := slices.IndexFunc(p.FixedIPs, func(x FixedIP) bool { return x.IP == fixed }); i >= 0 {
		inside = p.FixedIPs[i]
	} else if fixed != "" {
		return badFloatingIP("Port %s does not have fixed ip %s.", p.ID, fixed)
	}
	for _, other := range c.FloatingIPs.Find("port_id=" + p.ID) {
		if other.ID != f.ID && other.Fixed == inside.IP {
			return conflict("FloatingIPPortAlreadyAssociated",
				"Cannot associate floating IP %s (%s) with port %s using fixed IP %s, as that fixed IP already has a "+
					"floating IP on external network %s.", f.Address.IP, f.ID, p.ID, inside.IP, f.Network)
		}
	}
	for _, gw := range c.Ports.Find("gateway of " + p.Network) {
		if r, ok := c.Routers.Get(gw.Device); ok && r.External == f.Network {
			f.Port, f.Fixed, f.Router, f.Inside, f.Status = p.ID, inside.IP, r.ID, p.Network, "ACTIVE"
			return nil
		}
	}
	return notFound("ExternalGatewayForFloatingIPNotFound",
		"External network %s is not reachable from subnet %s.  Therefore, cannot associate Port %s with a Floating IP.",
		f.Network, inside.Subnet, p.ID)
}

func (c floatingIPAPI) updateFloatingIP(q *api.Request, f *floatingIP, in *fields) error {
	var portID, fixed string
	changes := in.read("port_id", &portID)
	in.text("fixed_ip_address", &fixed)
	if err := in.checkUnknown("qos_policy_id", "distributed"); err != nil || !changes {
		return err
	}
	if portID == "" {
		f.disassociate()
		return nil
	}
	return c.associate(q, f, portID, fixed)
}

func (c floatingIPAPI) deleteFloatingIP(_ *api.Request, f *floatingIP) error {
	c.release(f.Address)
	c.FloatingIPs.Remove(f.ID)
	return nil
}
