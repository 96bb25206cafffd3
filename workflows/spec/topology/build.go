package topology

import (
	"fmt"

	"novaflow/activities/neutron"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Query returns what the cloud is asked before anything is created.
func (s Spec) Query(run string) neutron.NetworkQuery {
	q := neutron.NetworkQuery{
		Cloud: s.Cloud, Run: run, Name: s.Name, Interfaces: s.ports(), NewRouter: s.NewRouter, Router: s.Router,
		ExternalNetwork: s.ExternalNetwork, SecurityGroup: s.wantsGroup(), Rules: len(s.Ingress),
	}
	for _, n := range s.Subnets {
		q.CIDRs = append(q.CIDRs, n.CIDR)
	}
	return q
}

// creation is a network under construction.
type creation struct {
	*saga.Flow
	req     Spec
	plan    saga.Ref[neutron.NetworkPlan]
	project saga.Ref[string] // id of the project that gets it; "" for the project of the credentials
}

// Add adds the tasks that create a network and all its parts, in a project or, if its id
// is "", in the project of the credentials.
func Add(
	f *saga.Flow, req Spec, plan saga.Ref[neutron.NetworkPlan], project saga.Ref[string],
) saga.Ref[Network] {
	c := &creation{Flow: f, req: req, plan: plan, project: project}
	network := c.addNetwork()
	subnets := c.addSubnets(network)
	router := c.addRouter()
	outside := c.addGateway(router)
	group := c.addSecurityGroup()
	connected := c.addInterfaces(router, subnets)

	parts := saga.From4(saga.Collect(subnets), outside, group, connected, func(
		subnets []neutron.Subnet, outside neutron.RouterGateway, group, router string,
	) Network {
		out := Network{Router: router, ExternalIPs: outside.IPs, SecurityGroup: group}
		for _, s := range subnets {
			out.Subnets = append(out.Subnets, Subnet{ID: s.ID, CIDR: s.CIDR, Gateway: s.Gateway})
		}
		return out
	})
	return saga.From2(network, parts, func(n neutron.Network, out Network) Network {
		out.ID, out.Name = n.ID, n.Name
		return out
	})
}

// addNetwork adds the network itself.
func (c *creation) addNetwork() saga.Ref[neutron.Network] {
	in := saga.From(c.project, func(project string) neutron.CreateNetworkInput {
		return neutron.CreateNetworkInput{
			Cloud: c.req.Cloud, Name: c.req.Name, MTU: c.req.MTU, NoPortSecurity: c.req.NoPortSecurity,
			ProjectID: project,
		}
	})
	return saga.Add(c.Flow, "network", neutron.NetworkAction, in, saga.After(c.plan), saga.Summary(c.req.Name))
}

// addSubnets adds the subnets.
func (c *creation) addSubnets(network saga.Ref[neutron.Network]) (refs []saga.Ref[neutron.Subnet]) {
	for i, s := range c.req.Subnets {
		in := saga.From2(network, c.project, func(
			n neutron.Network, project string,
		) neutron.CreateSubnetInput {
			in := neutron.CreateSubnetInput{
				Cloud: c.req.Cloud, Name: c.req.subnetName(i), NetworkID: n.ID, CIDR: s.CIDR, Gateway: s.Gateway,
				DNS: s.DNS, NoDHCP: s.NoDHCP, IPv6RAMode: s.IPv6RAMode, IPv6AddressMode: s.IPv6AddressMode,
				ProjectID: project,
			}
			for _, p := range s.Pools {
				in.Pools = append(in.Pools, neutron.Pool(p))
			}
			return in
		})
		refs = append(refs, saga.Add(c.Flow, fmt.Sprintf("subnet-%d", i), neutron.SubnetAction, in,
			saga.Summary(s.CIDR)))
	}
	return refs
}

// addRouter adds a router if the request asks for one. The ref is to the id of the router
// that is to serve the subnets, "" for none.
func (c *creation) addRouter() saga.Ref[string] {
	if !c.req.NewRouter {
		return saga.From(c.plan, func(plan neutron.NetworkPlan) string { return plan.RouterID })
	}
	in := saga.From(c.project, func(project string) neutron.CreateRouterInput {
		return neutron.CreateRouterInput{Cloud: c.req.Cloud, Name: c.req.Name, ProjectID: project}
	})
	created := saga.Add(c.Flow, "router", neutron.RouterAction, in, saga.After(c.plan))
	return saga.From(created, neutron.Router.ResourceID)
}

// addGateway connects the router with an external network.
func (c *creation) addGateway(router saga.Ref[string]) saga.Ref[neutron.RouterGateway] {
	if c.req.ExternalNetwork == "" {
		return saga.Value(neutron.RouterGateway{})
	}
	in := saga.From2(c.plan, router, func(plan neutron.NetworkPlan, router string) neutron.SetRouterGatewayInput {
		return neutron.SetRouterGatewayInput{
			Cloud: c.req.Cloud, RouterID: router, ExternalNetworkID: plan.ExternalNetwork.ID,
		}
	})
	return saga.Add(c.Flow, "gateway", neutron.RouterGatewayAction, in, saga.Summary("to "+c.req.ExternalNetwork))
}

// addInterfaces connects the subnets with the router, one after the other: those of IPv6
// share a port. The ref is to the router once all are connected.
func (c *creation) addInterfaces(router saga.Ref[string], subnets []saga.Ref[neutron.Subnet]) saga.Ref[string] {
	if !c.req.routed() {
		return saga.Value("")
	}
	var before []saga.TaskOption
	connected := router
	for i, s := range c.req.Subnets {
		if !s.served() {
			continue
		}
		in := saga.From2(router, subnets[i], func(
			router string, s neutron.Subnet,
		) neutron.AddRouterInterfaceInput {
			return neutron.AddRouterInterfaceInput{Cloud: c.req.Cloud, RouterID: router, SubnetID: s.ID}
		})
		ref := saga.Add(c.Flow, fmt.Sprintf("interface-%d", i), neutron.RouterInterfaceAction, in,
			append(before, saga.Summary("the router serves "+s.CIDR))...)
		before = []saga.TaskOption{saga.After(ref)}
		connected = saga.From(ref, func(i neutron.RouterInterface) string { return i.RouterID })
	}
	return connected
}

// addSecurityGroup adds a group with its rules. The ref is to its id, "" for none.
func (c *creation) addSecurityGroup() saga.Ref[string] {
	if !c.req.wantsGroup() {
		return saga.Value("")
	}
	return spec.AddSecurityGroup(c.Flow, c.req.Cloud, c.req.Name, c.req.Ingress, c.plan)
}
