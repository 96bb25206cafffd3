package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
)

// ports decides what is asked of each port.
func (p *planner) ports() {
	for i, wanted := range p.q.Ports {
		var plan PortPlan
		if wanted.Port != "" {
			plan.ID = p.existingPort(wanted.Port)
			if plan.ID != "" && slices.ContainsFunc(p.out.Ports,
				func(other PortPlan) bool { return other.ID == plan.ID }) {
				p.Add("port %q (%s) is named twice: a server has it once", wanted.Port, plan.ID)
			}
		} else if i < len(p.q.Networks) {
			plan.FixedIPs = p.addresses(p.q.Networks[i], wanted.FixedIPs)
		}
		for _, group := range wanted.SecurityGroups {
			if g := precheck.Choose(&p.Problems, "security group", group, p.facts.groups,
				resource.IDAndName[neutron.SecurityGroup]); g != nil {
				plan.SecurityGroupIDs = append(plan.SecurityGroupIDs, g.ID)
			}
		}
		p.out.Ports = append(p.out.Ports, plan)
	}
}

// existingPort returns the id of a port that the user supplies and that can be used.
func (p *planner) existingPort(wanted string) string {
	port := precheck.Choose(&p.Problems, "port", wanted, p.facts.ports,
		func(v neutron.Port) (string, string) { return v.ID, v.Name })
	if port == nil {
		return ""
	}
	p.out.ExistingPorts = append(p.out.ExistingPorts, port.ID)
	name := resource.Describe(resource.KindPort, port.Name, port.ID)
	switch {
	case p.foreign(port.Project):
		p.Add("%s belongs to another project: use one of your own", name)
	case port.DeviceID != "" && !p.holds(port.DeviceID):
		p.Add("%s is in use by %s: take it off there first, or use another", name, neutron.DescribeDevice(*port))
	case len(port.FixedIPs) == 0:
		p.Add("%s has no fixed address: give it one, or use another", name)
	}
	return port.ID
}

// foreign reports whether a resource belongs to another project. An administrator sees
// those too.
func (p *planner) foreign(project string) bool {
	return resource.IsForeign(project, p.facts.project)
}

// holds reports whether a server is the asking run's own: a run that was reset
// asks again when it has one.
func (p *planner) holds(server string) bool {
	return p.q.Run != "" && slices.ContainsFunc(p.facts.namesakes,
		func(s nova.Server) bool { return s.ID == server && s.Mark.Run() == p.q.Run })
}

// addresses finds out in which subnets of a network a port is to be.
func (p *planner) addresses(network string, wanted []neutron.FixedIP) (found []neutron.FixedIP) {
	i := slices.IndexFunc(p.facts.networks,
		func(n neutron.VisibleNetwork) bool { return n.ID == network || n.Name == network })
	if i < 0 {
		return nil // it was said already
	}
	n := p.facts.networks[i]
	var subnets []neutron.VisibleSubnet
	for _, s := range p.facts.subnets {
		if s.NetworkID == n.ID {
			subnets = append(subnets, s)
		}
	}
	for _, f := range wanted {
		if f.SubnetID != "" {
			s := precheck.Choose(&p.Problems, fmt.Sprintf("subnet of network %q", n.Name), f.SubnetID, subnets,
				func(s neutron.VisibleSubnet) (string, string) { return s.ID, s.Name })
			if s == nil {
				continue
			}
			f.SubnetID = s.ID
			p.inside(f.IP, n, []neutron.VisibleSubnet{*s})
		} else {
			p.inside(f.IP, n, subnets)
		}
		found = append(found, f)
	}
	return found
}

// inside reports an address that is in none of the subnets, or that is taken.
func (p *planner) inside(ip string, n neutron.VisibleNetwork, subnets []neutron.VisibleSubnet) {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return // none is asked for
	}
	if !slices.ContainsFunc(subnets, func(s neutron.VisibleSubnet) bool { return s.CIDR.Contains(address) }) {
		var ranges []string
		for _, s := range subnets {
			ranges = append(ranges, s.CIDR.String())
		}
		p.Add("address %s is in no subnet of network %q, which has %s: choose another address or network", ip, n.Name,
			strings.Join(ranges, ", "))
	}
	for _, port := range p.facts.holding {
		if port.NetworkID == n.ID && slices.Contains(port.FixedIPs, address.String()) &&
			(p.q.Run == "" || port.Mark.Run() != p.q.Run) {
			p.Add("address %s on network %q is taken by port %s: choose another address, or use that port", ip,
				n.Name, port.ID)
		}
	}
}
