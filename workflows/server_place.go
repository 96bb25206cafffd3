package workflows

import (
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// server adds the server and the wait for it. Where there are several flavors or
// zones to try, both are a scope that is undone and tried with the next one while
// there is no room for the server. Its ports and volumes are outside: they stay.
func (c *creation) server(ports saga.Ref[[]neutron.Port], boot, key, group saga.Ref[string]) saga.Ref[nova.Server] {
	scope, place := c.Flow, saga.Value(placement{Zone: c.spec.AvailabilityZone})
	if all := c.spec.placements(); len(all) > 1 {
		scope, place = saga.ForEach(c.Flow, "place", all, saga.MovesOn(lacksRoom))
	}
	more := saga.From3(key, group, place, c.begun)
	in := saga.From4(c.plan, ports, boot, more, func(plan plan.ServerPlan, ports []neutron.Port, boot string, in nova.CreateServerInput) nova.CreateServerInput {
		in.PortIDs, in.BootVolumeID = ids(ports), boot
		if boot == "" {
			in.ImageID = plan.ImageID
		}
		return in
	})
	in = saga.From3(c.plan, place, in, func(plan plan.ServerPlan, p placement, in nova.CreateServerInput) nova.CreateServerInput {
		if in.FlavorID = plan.FlavorID; p.Flavor > 0 {
			in.FlavorID = plan.FallbackFlavorIDs[p.Flavor-1]
		}
		return in
	})
	server := saga.Add(scope, "server", nova.ServerAction, in, saga.Summary(c.spec.Name))
	return saga.Add(scope, "active", nova.WaitServerAction, saga.From(server, func(s nova.Server) nova.ServerWait {
		return nova.ServerWait{Cloud: c.spec.Cloud, ID: s.ID, Name: s.Name}
	}), saga.Summary("wait until "+c.spec.Name+" is ACTIVE"))
}

// begun is the request for the server as far as it does not depend on the plan.
func (c *creation) begun(key, group string, p placement) nova.CreateServerInput {
	return nova.CreateServerInput{
		Cloud: c.spec.Cloud, Name: c.spec.Name, KeyName: key, AvailabilityZone: p.Zone, ServerGroupID: group,
		Properties: c.spec.Properties, Tags: c.spec.Tags, Description: c.spec.Description, Hostname: c.spec.Hostname,
		ConfigDrive: c.spec.ConfigDrive, UserData: c.spec.UserData,
	}
}

// lacksRoom reports whether the next flavor or zone may do better.
func lacksRoom(f saga.Failure) bool { return nova.LacksCapacity(f.Type, f.Reason) }

// ready adds the waits until the server answers, at its floating IP where it has
// one.
func (c *creation) ready(active saga.Ref[nova.Server], ports saga.Ref[[]neutron.Port], address saga.Ref[string]) {
	c.spec.addReady(c.Flow, saga.From3(active, ports, address, func(s nova.Server, ports []neutron.Port, floating string) site {
		if floating == "" && len(ports[0].FixedIPs) > 0 {
			floating = ports[0].FixedIPs[0]
		}
		return site{Server: s.Name, Address: floating}
	}))
}
