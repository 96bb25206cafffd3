package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// server adds the server and the wait for it. Where there are several flavors or
// zones to try, both are a scope that is undone and tried with the next one while
// there is no room for the server. Its ports and volumes are outside: they stay.
func (c *creation) server(ports saga.Ref[[]activities.Port], boot, key, group saga.Ref[string]) saga.Ref[activities.Server] {
	scope, place := c.Flow, saga.Value(placement{Zone: c.req.AvailabilityZone})
	if all := c.req.placements(); len(all) > 1 {
		scope, place = saga.ForEach(c.Flow, "place", all, saga.MovesOn(lacksRoom))
	}
	more := saga.From3(key, group, place, c.begun)
	in := saga.From4(c.plan, ports, boot, more, func(plan activities.ServerPlan, ports []activities.Port, boot string, in activities.CreateServerInput) activities.CreateServerInput {
		in.PortIDs, in.BootVolumeID = ids(ports), boot
		if boot == "" {
			in.ImageID = plan.ImageID
		}
		return in
	})
	in = saga.From3(c.plan, place, in, func(plan activities.ServerPlan, p placement, in activities.CreateServerInput) activities.CreateServerInput {
		if in.FlavorID = plan.FlavorID; p.Flavor > 0 {
			in.FlavorID = plan.FallbackFlavorIDs[p.Flavor-1]
		}
		return in
	})
	server := saga.Add(scope, "server", activities.ServerAction, in, saga.Summary(c.req.Name))
	return saga.Add(scope, "active", activities.WaitServerAction, saga.From(server, func(s activities.Server) activities.ServerWait {
		return activities.ServerWait{Cloud: c.req.Cloud, ID: s.ID, Name: s.Name}
	}), saga.Summary("wait until "+c.req.Name+" is ACTIVE"))
}

// begun is the request for the server as far as it does not depend on the plan.
func (c *creation) begun(key, group string, p placement) activities.CreateServerInput {
	return activities.CreateServerInput{
		Cloud: c.req.Cloud, Name: c.req.Name, KeyName: key, AvailabilityZone: p.Zone, ServerGroupID: group,
		Properties: c.req.Properties, Tags: c.req.Tags, Description: c.req.Description, Hostname: c.req.Hostname,
		ConfigDrive: c.req.ConfigDrive, UserData: c.req.UserData,
	}
}

// lacksRoom reports whether the next flavor or zone may do better.
func lacksRoom(f saga.Failure) bool { return activities.LacksRoom(f.Type, f.Reason) }

// ready adds the waits until the server answers, at its floating IP where it has
// one.
func (c *creation) ready(active saga.Ref[activities.Server], ports saga.Ref[[]activities.Port], address saga.Ref[string]) {
	c.req.AddReady(c.Flow, saga.From3(active, ports, address, func(s activities.Server, ports []activities.Port, floating string) spec.Site {
		if floating == "" && len(ports[0].FixedIPs) > 0 {
			floating = ports[0].FixedIPs[0]
		}
		return spec.Site{Server: s.Name, Address: floating}
	}))
}
