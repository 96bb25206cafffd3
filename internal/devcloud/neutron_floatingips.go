package devcloud

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// floatingIPAPI serves /floatingips.
type floatingIPAPI struct{ *Neutron }

type floatingIP struct {
	meta
	Network string  `json:"floating_network_id"`
	Address fixedIP `json:"address"`
	Port    string  `json:"port_id,omitempty"`
	Fixed   string  `json:"fixed_ip_address,omitempty"`
	Router  string  `json:"router_id,omitempty"`
	Inside  string  `json:"inside_network,omitempty"` // the port's network
}

func (f *floatingIP) keys() []string {
	keys := append(netKeys(&f.meta), "floating="+f.Network, "address="+f.Address.IP)
	if f.Port != "" {
		keys = append(keys, "port_id="+f.Port, "router="+f.Router, "router="+f.Router+" on "+f.Inside)
	}
	return keys
}

func (f *floatingIP) visible(_ *Neutron, q *request) bool { return q.sees(f.Project) }

func (f *floatingIP) view(c *Neutron, _ *request) obj {
	v := netView(&f.meta)
	delete(v, "name")
	v["floating_network_id"], v["floating_ip_address"], v["status"] = f.Network, f.Address.IP, f.Status
	v["router_id"], v["port_id"], v["fixed_ip_address"], v["port_details"] = orNull(f.Router), orNull(f.Port), orNull(f.Fixed), nil
	if p, ok := c.ports.get(f.Port); ok {
		v["port_details"] = obj{"name": p.Name, "network_id": p.Network, "mac_address": p.MAC, "admin_state_up": !p.Down,
			"status": p.Status, "device_id": p.Device, "device_owner": p.Owner}
	}
	return v
}

func (f *floatingIP) disassociate() {
	f.Port, f.Fixed, f.Router, f.Inside, f.Status = "", "", "", "", "DOWN"
}

func (c floatingIPAPI) floatingIPRoutes() []route {
	return collection[*floatingIP]{c: c.Neutron, one: "floatingip", many: "floatingips", path: "floatingips", table: c.floatingIPs, missing: noFloatingIP,
		quota: "floatingip", create: c.createFloatingIP, update: c.updateFloatingIP, remove: c.deleteFloatingIP}.routes()
}

func noFloatingIP(id string) error {
	return netFail(http.StatusNotFound, "FloatingIPNotFound", "Floating IP %s could not be found", id)
}

func (c floatingIPAPI) createFloatingIP(q *request, in *fields) (*floatingIP, error) {
	f := &floatingIP{meta: newMeta(q, in)}
	f.Name, f.Status, f.Revision = "", "DOWN", 0
	if err := in.need("floating_network_id", &f.Network); err != nil {
		return nil, err
	}
	var wanted, subnetID, portID, fixed string
	in.text("floating_ip_address", &wanted)
	in.text("subnet_id", &subnetID)
	in.text("port_id", &portID)
	in.text("fixed_ip_address", &fixed)
	if err := in.done("qos_policy_id", "dns_name", "dns_domain", "tags", "distributed"); err != nil {
		return nil, err
	}
	if wanted != "" && !q.tok.Admin {
		return nil, netFail(http.StatusForbidden, "PolicyNotAuthorized", "(rule:create_floatingip and rule:create_floatingip:floating_ip_address) is disallowed by policy")
	}
	n, ok := c.networks.get(f.Network)
	if !ok || !n.visible(c.Neutron, q) {
		return nil, noNetwork(f.Network)
	}
	if !n.External {
		return nil, netFail(http.StatusBadRequest, "BadRequest", "Bad floatingip request: Network %s is not a valid external network.", n.ID)
	}
	if err := c.takeFloating(f, subnetID, wanted); err != nil {
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

// takeFloating reserves an address of the external network.
func (c floatingIPAPI) takeFloating(f *floatingIP, subnetID, wanted string) error {
	err := error(netFail(http.StatusConflict, "ExternalIpAddressExhausted", "Unable to find any IP address on external network %s.", f.Network))
	for _, s := range c.subnets.find("network_id=" + f.Network) {
		if subnetID != "" && s.ID != subnetID {
			continue
		}
		if wanted != "" {
			a, bad := netip.ParseAddr(wanted)
			if bad != nil {
				return badInput("'%s' is not a valid IP address", wanted)
			}
			f.Address = fixedIP{s.ID, wanted}
			return s.takeThis(a, f.ID)
		}
		if a, full := s.take(f.ID); full == nil {
			f.Address = fixedIP{s.ID, a.String()}
			return nil
		}
	}
	return err
}

// associate joins the floating IP to a fixed address of the port, which a
// router must connect to the external network.
func (c floatingIPAPI) associate(q *request, f *floatingIP, portID, fixed string) error {
	p, ok := c.ports.get(portID)
	if !ok || !q.sees(p.Project) {
		return noPort(portID)
	}
	inside4 := slices.DeleteFunc(slices.Clone(p.FixedIPs), func(x fixedIP) bool { return strings.Contains(x.IP, ":") })
	if len(inside4) == 0 {
		return netFail(http.StatusBadRequest, "BadRequest", "Bad floatingip request: Cannot add floating IP to port %s that has no fixed IPv4 addresses.", p.ID)
	}
	if len(inside4) > 1 && fixed == "" {
		return netFail(http.StatusBadRequest, "BadRequest", "Bad floatingip request: Port %s has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP.", p.ID)
	}
	inside := inside4[0]
	if i := slices.IndexFunc(p.FixedIPs, func(x fixedIP) bool { return x.IP == fixed }); i >= 0 {
		inside = p.FixedIPs[i]
	} else if fixed != "" {
		return netFail(http.StatusBadRequest, "BadRequest", "Bad floatingip request: Port %s does not have fixed ip %s.", p.ID, fixed)
	}
	for _, other := range c.floatingIPs.find("port_id=" + p.ID) {
		if other.ID != f.ID && other.Fixed == inside.IP {
			return netFail(http.StatusConflict, "FloatingIPPortAlreadyAssociated", "Cannot associate floating IP %s (%s) with port %s using fixed IP %s, as that fixed IP already has a floating IP on external network %s.",
				f.Address.IP, f.ID, p.ID, inside.IP, f.Network)
		}
	}
	for _, gw := range c.ports.find("gateway of " + p.Network) {
		if r, ok := c.routers.get(gw.Device); ok && r.External == f.Network {
			f.Port, f.Fixed, f.Router, f.Inside, f.Status = p.ID, inside.IP, r.ID, p.Network, "ACTIVE"
			return nil
		}
	}
	return netFail(http.StatusNotFound, "ExternalGatewayForFloatingIPNotFound", "External network %s is not reachable from subnet %s.  Therefore, cannot associate Port %s with a Floating IP.", f.Network, inside.Subnet, p.ID)
}

func (c floatingIPAPI) updateFloatingIP(q *request, f *floatingIP, in *fields) error {
	var portID, fixed string
	changes := in.read("port_id", &portID)
	in.text("fixed_ip_address", &fixed)
	if err := in.done("qos_policy_id", "distributed"); err != nil || !changes {
		return err
	}
	if portID == "" {
		f.disassociate()
		return nil
	}
	return c.associate(q, f, portID, fixed)
}

func (c floatingIPAPI) deleteFloatingIP(_ *request, f *floatingIP) error {
	c.release(f.Address)
	c.floatingIPs.remove(f.ID)
	return nil
}
