package server

import (
	"fmt"
	"slices"

	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// lockExisting keeps other runs away from existing ports and volumes.
func (c *creation) lockExisting() {
	if !c.req.namesExisting() {
		return
	}
	ids := saga.From(c.plan, func(plan plan.ServerPlan) (ids []string) {
		for _, port := range plan.ExistingPorts {
			ids = append(ids, spec.WorkflowID("port", c.req.Cloud, port))
		}
		for _, volume := range plan.ExistingVolumes {
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
func (c *creation) addPorts(groups saga.Ref[[]string]) saga.Ref[[]neutron.Port] {
	var refs []saga.Ref[neutron.Port]
	for i, port := range c.req.Ports {
		name := fmt.Sprintf("port-%d", i)
		if port.Port != "" {
			in := saga.From(c.plan, func(plan plan.ServerPlan) attach.ReservePortInput {
				return attach.ReservePortInput{Cloud: c.req.Cloud, PortID: plan.Ports[i].ID}
			})
			refs = append(refs, saga.Add(c.Flow, name, attach.ReservePortAction, in,
				saga.After(c.locked...), saga.Summary("use "+port.Port)))
			continue
		}
		in := saga.From2(c.plan, groups, func(plan plan.ServerPlan, groups []string) neutron.CreatePortInput {
			return c.portInput(i, plan, groups)
		})
		refs = append(refs, saga.Add(c.Flow, name, neutron.PortAction, in, saga.Summary("on "+port.Network)))
	}
	return saga.Collect(refs)
}

// portInput returns what neutron is asked for.
func (c *creation) portInput(i int, plan plan.ServerPlan, groups []string) neutron.CreatePortInput {
	port := c.req.Ports[i]
	in := neutron.CreatePortInput{
		Cloud: c.req.Cloud, Name: fmt.Sprintf("%s-port-%d", c.req.Name, i), NetworkID: plan.Networks[i].ID,
		MAC: port.MAC, NoPortSecurity: port.NoPortSecurity,
	}
	if len(port.FixedIPs) == 0 {
		in.FixedIP = port.FixedIP
	} else {
		in.FixedIPs = plan.Ports[i].FixedIPs
	}
	for _, pair := range port.AllowedAddresses {
		in.AllowedAddressPairs = append(in.AllowedAddressPairs, neutron.AddressPair{IP: pair.IP, MAC: pair.MAC})
	}
	if !port.NoPortSecurity {
		in.SecurityGroupIDs = slices.Concat(groups, plan.Ports[i].SecurityGroupIDs)
	}
	return in
}

// addFloatingIP adds a floating IP that does not lead anywhere yet.
func (c *creation) addFloatingIP() saga.Ref[neutron.FloatingIP] {
	if c.req.FloatingIP == "" {
		return saga.Value(neutron.FloatingIP{})
	}
	in := saga.From(c.plan, func(plan plan.ServerPlan) neutron.CreateFloatingIPInput {
		return neutron.CreateFloatingIPInput{Cloud: c.req.Cloud, ExternalNetworkID: plan.ExternalNetwork.ID}
	})
	return saga.Add(c.Flow, "floating-ip", neutron.FloatingIPAction, in)
}

// associate points the floating IP to the first port once the server is up. The ref is to
// the address once it leads there, "" without a floating IP.
func (c *creation) associate(
	active saga.Ref[nova.Server], floating saga.Ref[neutron.FloatingIP], ports saga.Ref[[]neutron.Port],
) saga.Ref[string] {
	if c.req.FloatingIP == "" {
		return saga.Value("")
	}
	in := saga.From2(floating, ports, func(
		ip neutron.FloatingIP, ports []neutron.Port,
	) neutron.AssociateFloatingIPInput {
		return neutron.AssociateFloatingIPInput{
			Cloud: c.req.Cloud, FloatingIPID: ip.ID, PortID: ports[0].ID,
			FixedIP: c.req.Ports[0].target(ports[0].FixedIPs),
		}
	})
	associated := saga.Add(c.Flow, "floating-ip-associate", neutron.FloatingIPAssociationAction, in,
		saga.After(active))
	return saga.From2(associated, floating, func(_ neutron.Association, ip neutron.FloatingIP) string {
		return ip.IP
	})
}
