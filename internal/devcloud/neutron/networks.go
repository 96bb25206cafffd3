package neutron

import (
	"maps"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

type Network struct {
	store.Meta
	External bool `json:"external,omitempty"`
	Shared   bool `json:"shared,omitempty"`
	Down     bool `json:"down,omitempty"` // admin_state_up is false
	MTU      int  `json:"mtu"`
	Unsafe   bool `json:"unsafe,omitempty"` // port_security_enabled is false
	Segment  int  `json:"segment,omitempty"`
}

// Keys implements store.Object.
func (n *Network) Keys() []string {
	keys := baseKeys(&n.Meta)
	if n.External {
		keys = append(keys, "external")
	}
	return keys
}

// Visible reports whether the caller may see it.
func (n *Network) Visible(_ *Neutron, q *api.Request) bool {
	return n.Shared || n.External || q.Sees(n.Project)
}

func (n *Network) view(c *Neutron, q *api.Request) obj {
	v := baseView(&n.Meta)
	subnets := []string{}
	for _, s := range c.Subnets.Find("network_id=" + n.ID) {
		subnets = append(subnets, s.ID)
	}
	maps.Copy(v, obj{
		"admin_state_up": !n.Down, "mtu": n.MTU, "status": "ACTIVE", "shared": n.Shared, "subnets": subnets,
		"router:external": n.External, "port_security_enabled": !n.Unsafe, "availability_zone_hints": []string{},
		"availability_zones": []string{}, "ipv4_address_scope": nil, "ipv6_address_scope": nil,
	})
	if n.External {
		v["is_default"] = false
	}
	if q.Token.Admin {
		v["provider:network_type"] = "vxlan"
		v["provider:physical_network"] = nil
		v["provider:segmentation_id"] = n.Segment
		if n.External {
			v["provider:network_type"] = "flat"
			v["provider:physical_network"] = "public"
			v["provider:segmentation_id"] = nil
		}
	}
	return v
}

func (c *Neutron) networkRoutes() []api.Route {
	return collection[*Network]{c: c, one: "network", many: "networks", path: "networks", table: c.Networks,
		missing: noNetwork, quota: "network", create: c.createNetwork, update: c.updateNetwork,
		remove: c.deleteNetwork}.routes()
}

func noNetwork(id string) error {
	return notFound("NetworkNotFound", "Network %s could not be found.", id)
}

func (c *Neutron) createNetwork(q *api.Request, in *fields) (*Network, error) {
	n := &Network{Meta: newMeta(q, in), MTU: 1450}
	if err := n.read(q, in); err != nil {
		return nil, err
	}
	n.Segment = c.NextNumber()
	return n, nil
}

// read applies the attributes that may change over a network's life.
func (n *Network) read(q *api.Request, in *fields) error {
	up, safe := !n.Down, !n.Unsafe
	in.read("admin_state_up", &up)
	in.read("port_security_enabled", &safe)
	in.read("mtu", &n.MTU)
	n.Down, n.Unsafe = !up, !safe
	for name, into := range map[string]*bool{"shared": &n.Shared, "router:external": &n.External} {
		if in.read(name, into) && *into && !q.Token.Admin {
			return disallow("rule:create_network:%s is disallowed by policy", name)
		}
	}
	return in.checkUnknown("name", "description", "is_default", "availability_zone_hints", "dns_domain",
		"vlan_transparent", "qos_policy_id")
}

func (c *Neutron) updateNetwork(q *api.Request, n *Network, in *fields) error { return n.read(q, in) }

func (c *Neutron) deleteNetwork(_ *api.Request, n *Network) error {
	if held := c.Ports.Find("network_id=" + n.ID); len(held) > 0 {
		ids := make([]string, 0, len(held))
		for _, p := range held {
			ids = append(ids, p.ID)
		}
		return conflict("NetworkInUse", "Unable to complete operation on network %s. There are one or more ports "+
			"still in use on the network, id for these ports is: %s.", n.ID, strings.Join(ids, ","))
	}
	if c.FloatingIPs.Count("floating="+n.ID) > 0 {
		return conflict("NetworkInUse", "Unable to complete operation on network %s. There are one or more floating "+
			"IPs still in use on the network.", n.ID)
	}
	for _, s := range c.Subnets.Find("network_id=" + n.ID) {
		c.Subnets.Remove(s.ID)
	}
	c.Networks.Remove(n.ID)
	return nil
}
