package neutron

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

type FixedIP struct {
	Subnet string `json:"subnet_id"`
	IP     string `json:"ip_address"`
}

type Port struct {
	store.Meta
	Network  string           `json:"network_id"`
	MAC      string           `json:"mac_address"`
	Device   string           `json:"device_id,omitempty"`
	Owner    string           `json:"device_owner,omitempty"`
	Host     string           `json:"host,omitempty"`
	Groups   []string         `json:"security_groups,omitempty"`
	FixedIPs []FixedIP        `json:"fixed_ips"`
	Pairs    []map[string]any `json:"allowed_address_pairs,omitempty"`
	Options  []map[string]any `json:"extra_dhcp_opts,omitempty"`
	Down     bool             `json:"down,omitempty"`
	Unsafe   bool             `json:"unsafe,omitempty"`
	VNIC     string           `json:"vnic,omitempty"`
	Profile  map[string]any   `json:"profile,omitempty"`
}

const (
	RouterInterface = "network:router_interface"
	routerGateway   = "network:router_gateway"
	routerSNAT      = "network:router_centralized_snat"
)

// routerInterfaces are the owners of ports that connect a router to a subnet, by the kind
// of router (neutron_lib.constants.ROUTER_INTERFACE_OWNERS).
var routerInterfaces = map[string]string{
	"": RouterInterface, "ha": "network:ha_router_replicated_interface",
	"distributed": "network:router_interface_distributed",
}

func (p *Port) isInterface() bool {
	for _, owner := range routerInterfaces {
		if p.Owner == owner {
			return true
		}
	}
	return false
}

// Keys implements store.Object.
func (p *Port) Keys() []string {
	keys := append(baseKeys(&p.Meta), "network_id="+p.Network, "mac="+p.Network+p.MAC)
	if p.Device != "" {
		keys = append(keys, "device_id="+p.Device)
	}
	if p.isInterface() {
		keys = append(keys, "gateway of "+p.Network)
	}
	for _, g := range p.Groups {
		keys = append(keys, "group="+g)
	}
	return keys
}

// Visible reports whether the caller may see it.
func (p *Port) Visible(c *Neutron, q *api.Request) bool {
	n, ok := c.Networks.Get(p.Network)
	return q.Sees(p.Project) || ok && n.Project == q.Token.Project && p.Owner != routerGateway
}

func (p *Port) view(_ *Neutron, q *api.Request) obj {
	v := baseView(&p.Meta)
	orEmpty := func(l []map[string]any) []map[string]any {
		if l == nil {
			return []map[string]any{}
		}
		return l
	}
	groups := p.Groups
	if groups == nil {
		groups = []string{}
	}
	vnic := p.VNIC
	if vnic == "" {
		vnic = "normal"
	}
	maps.Copy(v, obj{
		"network_id": p.Network, "mac_address": p.MAC, "admin_state_up": !p.Down, "status": p.Status,
		"device_id": p.Device, "device_owner": p.Owner, "fixed_ips": p.FixedIPs, "security_groups": groups,
		"allowed_address_pairs": orEmpty(p.Pairs), "extra_dhcp_opts": orEmpty(p.Options), "binding:vnic_type": vnic,
		"port_security_enabled": !p.Unsafe,
	})
	if q.Token.Admin {
		kind, details := "unbound", obj{}
		if p.Host != "" {
			kind, details = "ovs", obj{"port_filter": true}
		}
		profile := p.Profile
		if profile == nil {
			profile = obj{}
		}
		maps.Copy(v, obj{
			"binding:host_id": p.Host, "binding:vif_type": kind, "binding:vif_details": details,
			"binding:profile": profile,
		})
	}
	return v
}

func (c *Neutron) portRoutes() []api.Route {
	return collection[*Port]{c: c, one: "port", many: "ports", path: "ports", table: c.Ports, missing: noPort,
		quota: "port", create: c.createPort, update: c.updatePort, remove: c.deletePort}.routes()
}

func noPort(id string) error { return notFound("PortNotFound", "Port %s could not be found.", id) }

func (c *Neutron) createPort(q *api.Request, in *fields) (*Port, error) {
	p := &Port{Meta: newMeta(q, in)}
	p.Status = "DOWN"
	if err := in.requireID("network_id", &p.Network); err != nil {
		return nil, err
	}
	n, ok := c.Networks.Get(p.Network)
	if !ok || !n.Visible(c, q) {
		return nil, noNetwork(p.Network)
	}
	if !q.Sees(n.Project) && !n.Shared {
		return nil, api.NetFail(http.StatusForbidden, "HTTPForbidden",
			"Tenant %s not allowed to create port on this network", q.Token.Project)
	}
	p.Unsafe = n.Unsafe
	in.text("mac_address", &p.MAC)
	if p.MAC = strings.ToLower(p.MAC); p.MAC != "" && c.Ports.Count("mac="+p.Network+p.MAC) > 0 {
		return nil, conflict("MacAddressInUse",
			"Unable to complete operation for network %s. The mac address %s is in use.", p.Network, p.MAC)
	}
	var fixed []FixedIP
	given := in.read("fixed_ips", &fixed)
	if err := c.readPort(q, p, in); err != nil {
		return nil, err
	}
	if _, ok := in.raw["security_groups"]; !ok && !p.Unsafe {
		p.Groups = []string{c.DefaultGroup(p.Project, q.Now).ID}
	}
	if p.Device != "" {
		p.Status = "DOWN"
	}
	return p, c.FinishPort(p, fixed, given)
}

// readPort applies the attributes that may change over a port's life, except the
// addresses.
func (c *Neutron) readPort(q *api.Request, p *Port, in *fields) error {
	up, safe, groups := !p.Down, !p.Unsafe, p.Groups
	in.read("admin_state_up", &up)
	in.read("port_security_enabled", &safe)
	in.text("device_id", &p.Device)
	in.text("device_owner", &p.Owner)
	in.read("allowed_address_pairs", &p.Pairs)
	in.read("extra_dhcp_opts", &p.Options)
	in.text("binding:vnic_type", &p.VNIC)
	in.text("binding:host_id", &p.Host)
	in.read("binding:profile", &p.Profile)
	if in.read("security_groups", &groups) {
		groups = slices.Clone(groups)
	}
	for _, g := range groups {
		if sg, ok := c.SecGroups.Get(g); !ok || !q.Sees(sg.Project) {
			return noSecGroup(g)
		}
	}
	p.Down, p.Unsafe, p.Groups = !up, !safe, groups
	return in.checkUnknown("name", "description", "fixed_ips", "dns_name", "dns_domain", "qos_policy_id", "tags",
		"propagate_uplink_status", "numa_affinity_policy")
}

func (c *Neutron) updatePort(q *api.Request, p *Port, in *fields) error {
	in.text("mac_address", &p.MAC)
	var fixed []FixedIP
	changes := in.read("fixed_ips", &fixed)
	if err := c.readPort(q, p, in); err != nil || !changes {
		return err
	}
	return c.assignAddresses(p, c.withAuto(p, fixed))
}

func (c *Neutron) deletePort(q *api.Request, p *Port) error {
	if p.ofRouter() {
		return conflict("ServicePortInUse", "Port %s cannot be deleted directly via the port API: has device owner %s.",
			p.ID, p.Owner)
	}
	c.OnPortDeleted(p.Device, p.ID)
	c.DropPort(p)
	return nil
}

// DropPort removes the port, releases its addresses and disassociates its floating IPs.
func (c *Neutron) DropPort(p *Port) {
	for _, f := range c.FloatingIPs.Find("port_id=" + p.ID) {
		f.disassociate()
		c.FloatingIPs.Put(f)
	}
	for _, f := range p.FixedIPs {
		c.release(f)
	}
	c.Ports.Remove(p.ID)
}

// Unbind records that no server has the port.
func (p *Port) Unbind(at time.Time) {
	p.Device, p.Owner, p.Host, p.Status = "", "", "", "DOWN"
	p.Touch(at)
}
