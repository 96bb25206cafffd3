package servers

import (
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

// serverView renders a server as the microversion of the request shows it.
func (c *Servers) serverView(q *api.Request, s *compute.Server) obj {
	v := obj{
		"id": s.ID, "name": s.Name, "status": s.Status, "tenant_id": s.Project, "user_id": s.User,
		"metadata": s.MetadataMap(), "hostId": "",
		"image": "", "flavor": obj{"id": s.Flavor.ID, "links": q.Links("flavors", s.Flavor.ID)[1:]},
		"created": api.NetTime(s.Created), "updated": api.NetTime(s.Updated),
		"addresses": c.addresses(s, true), "accessIPv4": "", "accessIPv6": "", "links": q.Links("servers", s.ID),
		"OS-DCF:diskConfig":           "MANUAL",
		"OS-EXT-AZ:availability_zone": "", "config_drive": "", "key_name": api.OrNull(s.Key),
		"OS-SRV-USG:launched_at": nil, "OS-SRV-USG:terminated_at": nil,
		"OS-EXT-STS:task_state": api.OrNull(s.Task), "OS-EXT-STS:vm_state": s.VMState(), "OS-EXT-STS:power_state": 0,
		"os-extended-volumes:volumes_attached": s.Attached(q.Minor),
	}
	if s.Image != "" {
		v["image"] = obj{"id": s.Image, "links": []obj{{"rel": "bookmark",
			"href": q.BaseURL() + "/compute/images/" + s.Image}}}
	}
	if s.Drive {
		v["config_drive"] = "True"
	}
	if s.Status == "ACTIVE" || s.Status == "BUILD" {
		v["progress"] = 0
	}
	if !s.Launched.IsZero() {
		if s.Host >= 0 {
			v["hostId"] = compute.HostID(s.Project, s.Host)
		}
		v["OS-EXT-AZ:availability_zone"], v["OS-SRV-USG:launched_at"] = c.ZoneOf(s.Host), api.MicroTime(s.Launched)
		v["OS-EXT-STS:power_state"] = s.PowerState()
	}
	if groups := c.groupNames(s); len(groups) > 0 {
		v["security_groups"] = groups
	}
	s.ViewByVersion(q, v)
	return v
}

// addresses lists the server's addresses by network name, including floating ones. A
// server has none before a host has it. extended adds what the server's own view shows.
func (c *Servers) addresses(s *compute.Server, extended bool) map[string][]obj {
	all := map[string][]obj{}
	if s.Launched.IsZero() {
		return all
	}
	for _, sp := range s.Ports {
		p, ok := c.neutron.Ports.Get(sp.ID)
		if !ok {
			continue
		}
		n, _ := c.neutron.Networks.Get(p.Network)
		add := func(addr, kind string) {
			x := obj{"version": 4, "addr": addr}
			if extended {
				x["OS-EXT-IPS:type"], x["OS-EXT-IPS-MAC:mac_addr"] = kind, p.MAC
			}
			all[n.Name] = append(all[n.Name], x)
		}
		for _, f := range p.FixedIPs {
			add(f.IP, "fixed")
			for _, fip := range c.neutron.FloatingIPs.Find("port_id=" + p.ID) {
				if fip.Fixed == f.IP {
					add(fip.Address.IP, "floating")
				}
			}
		}
	}
	return all
}

// groupNames lists the names of the security groups of the server's ports.
func (c *Servers) groupNames(s *compute.Server) []obj {
	var seen []string
	items := []obj{}
	for _, sp := range s.Ports {
		p, ok := c.neutron.Ports.Get(sp.ID)
		if !ok || s.Launched.IsZero() {
			continue
		}
		for _, id := range p.Groups {
			if g, ok := c.neutron.SecGroups.Get(id); ok && !slices.Contains(seen, g.Name) {
				seen = append(seen, g.Name)
				items = append(items, obj{"name": g.Name})
			}
		}
	}
	return items
}
