package topology

import (
	"fmt"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// Add adds the tasks that create a network and all its parts, in a project or, where
// its id is "", in that of the credentials.
func Add(
	f *saga.Flow, req Spec, plan saga.Ref[activities.NetworkPlan], project saga.Ref[string],
) saga.Ref[Network] {
	c := &creation{Flow: f, req: req, plan: plan, project: project}
	network := c.network()
	subnets := c.subnets(network)
	router := c.router()
	outside := c.gateway(router)
	group := c.securityGroup()
	connected := c.interfaces(router, subnets)

	parts := saga.From4(saga.Collect(subnets), outside, group, connected, func(subnets []activities.Subnet, outside activities.RouterGateway, group, router string) Network {
		made := Network{Router: router, ExternalIPs: outside.IPs, SecurityGroup: group}
		for _, s := range subnets {
			made.Subnets = append(made.Subnets, Subnet{ID: s.ID, CIDR: s.CIDR, Gateway: s.Gateway})
		}
		return made
	})
	return saga.From2(network, parts, func(n activities.NeutronNetwork, made Network) Network {
		made.ID, made.Name = n.ID, n.Name
		return made
	})
}

// creation is a NetworkCreate flow under construction.
type creation struct {
	*saga.Flow
	req     Spec
	plan    saga.Ref[activities.NetworkPlan]
	project saga.Ref[string] // id of the project that gets it; "" for that of the credentials
}

// Query is what the cloud is asked before anything is made.
func (s Spec) Query(run string) activities.NetworkQuery {
	q := activities.NetworkQuery{
		Cloud: s.Cloud, Run: run, Name: s.Name, Interfaces: s.ports(), NewRouter: s.NewRouter, Router: s.Router,
		ExternalNetwork: s.ExternalNetwork, SecurityGroup: s.wantsGroup(), Rules: len(s.Ingress),
	}
	for _, n := range s.Subnets {
		q.CIDRs = append(q.CIDRs, n.CIDR)
	}
	return q
}

func (c *creation) network() saga.Ref[activities.NeutronNetwork] {
	return saga.Add(c.Flow, "network", activities.NetworkAction, saga.From(c.project, func(project string) activities.CreateNetworkInput {
		return activities.CreateNetworkInput{
			Cloud: c.req.Cloud, Name: c.req.Name, MTU: c.req.MTU, NoPortSecurity: c.req.NoPortSecurity, ProjectID: project,
		}
	}), saga.After(c.plan), saga.Summary(c.req.Name))
}

func (c *creation) subnets(network saga.Ref[activities.NeutronNetwork]) (refs []saga.Ref[activities.Subnet]) {
	for i, s := range c.req.Subnets {
		in := saga.From2(network, c.project, func(n activities.NeutronNetwork, project string) activities.CreateSubnetInput {
			in := activities.CreateSubnetInput{
				Cloud: c.req.Cloud, Name: c.req.subnetName(i), NetworkID: n.ID, CIDR: s.CIDR, Gateway: s.Gateway, DNS: s.DNS,
				NoDHCP: s.NoDHCP, IPv6RAMode: s.IPv6RAMode, IPv6AddressMode: s.IPv6AddressMode, ProjectID: project,
			}
			for _, p := range s.Pools {
				in.Pools = append(in.Pools, activities.Pool(p))
			}
			return in
		})
		refs = append(refs, saga.Add(c.Flow, fmt.Sprintf("subnet-%d", i), activities.SubnetAction, in, saga.Summary(s.CIDR)))
	}
	return refs
}

// router is the id of the router that is to serve the subnets, "" for none.
func (c *creation) router() saga.Ref[string] {
	if !c.req.NewRouter {
		return saga.From(c.plan, func(plan activities.NetworkPlan) string { return plan.RouterID })
	}
	created := saga.Add(c.Flow, "router", activities.RouterAction, saga.From(c.project, func(project string) activities.CreateRouterInput {
		return activities.CreateRouterInput{Cloud: c.req.Cloud, Name: c.req.Name, ProjectID: project}
	}), saga.After(c.plan))
	return saga.From(created, activities.Router.ResourceID)
}

func (c *creation) gateway(router saga.Ref[string]) saga.Ref[activities.RouterGateway] {
	if c.req.ExternalNetwork == "" {
		return saga.Value(activities.RouterGateway{})
	}
	return saga.Add(c.Flow, "gateway", activities.RouterGatewayAction,
		saga.From2(c.plan, router, func(plan activities.NetworkPlan, router string) activities.SetRouterGatewayInput {
			return activities.SetRouterGatewayInput{Cloud: c.req.Cloud, RouterID: router, ExternalNetworkID: plan.ExternalNetwork.ID}
		}), saga.Summary("to "+c.req.ExternalNetwork))
}

// interfaces connects the subnets with the router, one after the other: those of
// IPv6 share a port. The ref is to the router once all are connected.
func (c *creation) interfaces(router saga.Ref[string], subnets []saga.Ref[activities.Subnet]) saga.Ref[string] {
	if !c.req.routed() {
		return saga.Value("")
	}
	var before []saga.TaskOption
	connected := router
	for i, s := range c.req.Subnets {
		if !s.served() {
			continue
		}
		ref := saga.Add(c.Flow, fmt.Sprintf("interface-%d", i), activities.RouterInterfaceAction,
			saga.From2(router, subnets[i], func(router string, s activities.Subnet) activities.AddRouterInterfaceInput {
				return activities.AddRouterInterfaceInput{Cloud: c.req.Cloud, RouterID: router, SubnetID: s.ID}
			}), append(before, saga.Summary("the router serves "+s.CIDR))...)
		before = []saga.TaskOption{saga.After(ref)}
		connected = saga.From(ref, func(i activities.RouterInterface) string { return i.RouterID })
	}
	return connected
}

// securityGroup adds a group with its rules. The ref is to its id, "" for none.
func (c *creation) securityGroup() saga.Ref[string] {
	if !c.req.wantsGroup() {
		return saga.Value("")
	}
	return spec.AddSecurityGroup(c.Flow, c.req.Cloud, c.req.Name, c.req.Ingress, c.plan)
}
