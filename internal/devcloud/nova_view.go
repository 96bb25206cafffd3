package devcloud

import "slices"

// serverView renders a server by the microversion of the request.
func (c *Servers) serverView(q *request, s *server) obj {
	v := obj{
		"id": s.ID, "name": s.Name, "status": s.Status, "tenant_id": s.Project, "user_id": s.User, "metadata": s.metadata(), "hostId": "",
		"image": "", "flavor": obj{"id": s.Flavor.ID, "links": q.links("flavors", s.Flavor.ID)[1:]}, "created": netTime(s.Created), "updated": netTime(s.Updated),
		"addresses": c.addresses(s, true), "accessIPv4": "", "accessIPv6": "", "links": q.links("servers", s.ID), "OS-DCF:diskConfig": "MANUAL",
		"OS-EXT-AZ:availability_zone": "", "config_drive": "", "key_name": orNull(s.Key), "OS-SRV-USG:launched_at": nil, "OS-SRV-USG:terminated_at": nil,
		"OS-EXT-STS:task_state": orNull(s.Task), "OS-EXT-STS:vm_state": s.vmState(), "OS-EXT-STS:power_state": 0,
		"os-extended-volumes:volumes_attached": s.attached(q.minor),
	}
	if s.Image != "" {
		v["image"] = obj{"id": s.Image, "links": []obj{{"rel": "bookmark", "href": q.host() + "/compute/images/" + s.Image}}}
	}
	if s.Drive {
		v["config_drive"] = "True"
	}
	if s.Status == "ACTIVE" || s.Status == "BUILD" {
		v["progress"] = 0
	}
	if !s.Launched.IsZero() {
		if s.Host >= 0 {
			v["hostId"] = hostID(s.Project, s.Host)
		}
		v["OS-EXT-AZ:availability_zone"], v["OS-SRV-USG:launched_at"] = c.zoneOf(s.Host), microTime(s.Launched)
		v["OS-EXT-STS:power_state"] = s.power()
	}
	if groups := c.groupNames(s); len(groups) > 0 {
		v["security_groups"] = groups
	}
	s.viewByVersion(q, v)
	return v
}

// powerStates are those of statuses: 1 runs, 3 is paused, 4 is off.
var powerStates = map[string]int{"ACTIVE": 1, "ERROR": 1, "SHUTOFF": 4, "PAUSED": 3, "SUSPENDED": 1, "SHELVED": 4, "SHELVED_OFFLOADED": 4, "SOFT_DELETED": 4, "VERIFY_RESIZE": 1}

// power is the state of the machine itself. What is under way has not changed it yet.
func (s *server) power() int {
	switch {
	case s.Change != nil:
		return powerStates[s.Change.Back]
	case s.Resize != nil:
		return powerStates[s.Resize.Status]
	}
	return powerStates[s.Status]
}

// vmState is nova's own state behind the status. What is under way has not
// changed it yet.
func (s *server) vmState() string {
	if s.Change != nil {
		return serverStates[s.Change.Back]
	}
	return serverStates[s.Status]
}

// hostName is the host that has the server, "" for none.
func (s *server) hostName() string {
	if s.Host < 0 {
		return ""
	}
	return hostName(s.Host)
}

// viewByVersion adds what came with later microversions, and for administrators.
func (s *server) viewByVersion(q *request, v obj) {
	if q.tok.Admin {
		host, name := any(nil), any(nil)
		if s.Host >= 0 {
			host, name = hostName(s.Host), hostName(s.Host)
		}
		v["OS-EXT-SRV-ATTR:host"], v["OS-EXT-SRV-ATTR:hypervisor_hostname"], v["OS-EXT-SRV-ATTR:instance_name"] = host, name, "instance-"+s.ID[:8]
	}
	if q.minor >= 9 {
		v["locked"] = s.Locked
	}
	if q.minor >= 19 {
		v["description"] = orNull(s.Description)
	}
	if q.minor >= 26 {
		v["tags"] = tagsOf(&s.meta)
	}
	if q.minor >= 47 {
		v["flavor"] = s.Flavor.embedded()
	}
	if q.minor >= 63 {
		v["trusted_image_certificates"] = nil
	}
	if q.minor >= 73 {
		v["locked_reason"] = nil
	}
	if q.minor >= 90 || q.minor >= 3 && q.tok.Admin {
		v["OS-EXT-SRV-ATTR:hostname"] = s.Hostname
	}
	if q.minor >= 3 && q.tok.Admin {
		v["OS-EXT-SRV-ATTR:user_data"] = orNull(s.UserData)
	}
}

func (s *server) metadata() map[string]string {
	if s.Metadata == nil {
		return map[string]string{}
	}
	return s.Metadata
}

func (s *server) attached(minor int) []obj {
	items := []obj{}
	if s.Task == "scheduling" {
		return items
	}
	for _, w := range s.Volumes {
		x := obj{"id": w.ID}
		if minor >= 3 {
			x["delete_on_termination"] = w.Delete
		}
		items = append(items, x)
	}
	return items
}

// addresses are the server's by network name, floating ones too. It has none
// before a host has it. With extended false it is what /ips tells.
func (c *Servers) addresses(s *server, extended bool) map[string][]obj {
	all := map[string][]obj{}
	if s.Launched.IsZero() {
		return all
	}
	for _, sp := range s.Ports {
		p, ok := c.neutron.ports.get(sp.ID)
		if !ok {
			continue
		}
		n, _ := c.neutron.networks.get(p.Network)
		add := func(addr, kind string) {
			x := obj{"version": 4, "addr": addr}
			if extended {
				x["OS-EXT-IPS:type"], x["OS-EXT-IPS-MAC:mac_addr"] = kind, p.MAC
			}
			all[n.Name] = append(all[n.Name], x)
		}
		for _, f := range p.FixedIPs {
			add(f.IP, "fixed")
			for _, fip := range c.neutron.floatingIPs.find("port_id=" + p.ID) {
				if fip.Fixed == f.IP {
					add(fip.Address.IP, "floating")
				}
			}
		}
	}
	return all
}

// groupNames are those of the security groups of the server's ports.
func (c *Servers) groupNames(s *server) []obj {
	var seen []string
	items := []obj{}
	for _, sp := range s.Ports {
		p, ok := c.neutron.ports.get(sp.ID)
		if !ok || s.Launched.IsZero() {
			continue
		}
		for _, id := range p.Groups {
			if g, ok := c.neutron.secGroups.get(id); ok && !slices.Contains(seen, g.Name) {
				seen = append(seen, g.Name)
				items = append(items, obj{"name": g.Name})
			}
		}
	}
	return items
}
