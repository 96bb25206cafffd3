package server

import (
	"fmt"
	"slices"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// lockExisting keeps other runs away from existing ports and volumes.
func (c *creation) lockExisting() {
	if !c.req.namesExisting() {
		return
	}
	ids := saga.From(c.plan, func(plan activities.ServerPlan) (ids []string) {
		for _, port := range plan.BroughtPorts {
			ids = append(ids, spec.WorkflowID("port", c.req.Cloud, port))
		}
		for _, volume := range plan.BroughtVolumes {
			ids = append(ids, spec.WorkflowID("volume", c.req.Cloud, volume))
		}
		return ids
	})
	own := spec.ServerWorkflowID(c.req.Cloud, c.req.Name)
	c.locked = append(c.locked, spec.LockAlso(c.Flow, own, ids, c.req.LockOptions()...))
}

// namesExisting reports whether the request names a port or volume that exists.
func (s CreateSpec) namesExisting() bool {
	return s.BootFrom != "" || slices.ContainsFunc(s.Ports, func(p PortSpec) bool { return p.Port != "" }) ||
		slices.ContainsFunc(s.Volumes, func(v VolumeSpec) bool { return v.Volume != "" })
}

// addSecurityGroup adds a group that admits what the request asks for. The ref is to the
// groups of the ports; none means the project's default group. The ports wait for the
// rules too: a port must not be reachable otherwise than asked for, not even for a
// moment.
func (c *creation) addSecurityGroup() saga.Ref[[]string] {
	if len(c.req.Ingress) == 0 {
		return saga.Value[[]string](nil)
	}
	group := spec.AddSecurityGroup(c.Flow, c.req.Cloud, c.req.Name, c.req.Ingress, c.plan)
	return saga.From(group, func(id string) []string { return []string{id} })
}

// addPorts adds a task for each port: it creates the port, or reserves an existing one.
func (c *creation) addPorts(groups saga.Ref[[]string]) saga.Ref[[]activities.Port] {
	var refs []saga.Ref[activities.Port]
	for i, port := range c.req.Ports {
		name := fmt.Sprintf("port-%d", i)
		if port.Port != "" {
			in := saga.From(c.plan, func(plan activities.ServerPlan) activities.TakePortInput {
				return activities.TakePortInput{Cloud: c.req.Cloud, PortID: plan.Ports[i].ID}
			})
			refs = append(refs, saga.Add(c.Flow, name, activities.TakePortAction, in,
				saga.After(c.locked...), saga.Summary("use "+port.Port)))
			continue
		}
		in := saga.From2(c.plan, groups, func(plan activities.ServerPlan, groups []string) activities.CreatePortInput {
			return c.portInput(i, plan, groups)
		})
		refs = append(refs, saga.Add(c.Flow, name, activities.PortAction, in, saga.Summary("on "+port.Network)))
	}
	return saga.Collect(refs)
}

// portInput returns what neutron is asked for.
func (c *creation) portInput(i int, plan activities.ServerPlan, groups []string) activities.CreatePortInput {
	port := c.req.Ports[i]
	in := activities.CreatePortInput{
		Cloud: c.req.Cloud, Name: fmt.Sprintf("%s-port-%d", c.req.Name, i), NetworkID: plan.Networks[i].ID,
		MAC: port.MAC, NoPortSecurity: port.NoPortSecurity,
	}
	if len(port.FixedIPs) == 0 {
		in.FixedIP = port.FixedIP
	} else {
		in.FixedIPs = plan.Ports[i].FixedIPs
	}
	for _, pair := range port.AllowedAddresses {
		in.AllowedAddressPairs = append(in.AllowedAddressPairs, activities.AddressPair{IP: pair.IP, MAC: pair.MAC})
	}
	if !port.NoPortSecurity {
		in.SecurityGroupIDs = slices.Concat(groups, plan.Ports[i].SecurityGroupIDs)
	}
	return in
}

// addFloatingIP adds a floating IP that does not lead anywhere yet.
func (c *creation) addFloatingIP() saga.Ref[activities.FloatingIP] {
	if c.req.FloatingIP == "" {
		return saga.Value(activities.FloatingIP{})
	}
	in := saga.From(c.plan, func(plan activities.ServerPlan) activities.CreateFloatingIPInput {
		return activities.CreateFloatingIPInput{Cloud: c.req.Cloud, ExternalNetworkID: plan.ExternalNetwork.ID}
	})
	return saga.Add(c.Flow, "floating-ip", activities.FloatingIPAction, in)
}

// associate points the floating IP to the first port once the server is up. The ref is to
// the address once it leads there, "" without a floating IP.
func (c *creation) associate(
	active saga.Ref[activities.Server], floating saga.Ref[activities.FloatingIP], ports saga.Ref[[]activities.Port],
) saga.Ref[string] {
	if c.req.FloatingIP == "" {
		return saga.Value("")
	}
	in := saga.From2(floating, ports, func(
		ip activities.FloatingIP, ports []activities.Port,
	) activities.AssociateFloatingIPInput {
		return activities.AssociateFloatingIPInput{
			Cloud: c.req.Cloud, FloatingIPID: ip.ID, PortID: ports[0].ID,
			FixedIP: c.req.Ports[0].target(ports[0].FixedIPs),
		}
	})
	associated := saga.Add(c.Flow, "floating-ip-associate", activities.FloatingIPAssociationAction, in,
		saga.After(active))
	return saga.From2(associated, floating, func(_ activities.Association, ip activities.FloatingIP) string {
		return ip.IP
	})
}
