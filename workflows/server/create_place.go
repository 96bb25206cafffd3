package server

import (
	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// addKeyPair adds a key pair if the request has a public key. The ref is to the name of
// the server's key pair, or "".
func (c *creation) addKeyPair() saga.Ref[string] {
	if c.req.PublicKey == "" {
		return saga.Value(c.req.KeyName)
	}
	in := activities.CreateKeyPairInput{Cloud: c.req.Cloud, Name: c.req.KeyName, PublicKey: c.req.PublicKey}
	key := saga.Add(c.Flow, "key-pair", activities.KeyPairAction, saga.Value(in),
		saga.After(c.plan), saga.Summary(c.req.KeyName))
	return saga.From(key, activities.KeyPair.ResourceID)
}

// addServerGroup adds a server group if the request has a policy for one. The ref is to
// the id of the server's group, or "".
func (c *creation) addServerGroup() saga.Ref[string] {
	switch {
	case c.req.ServerGroup != "":
		return saga.From(c.plan, func(plan activities.ServerPlan) string { return plan.ServerGroupID })
	case c.req.GroupPolicy == "":
		return saga.Value("")
	}
	in := activities.CreateServerGroupInput{Cloud: c.req.Cloud, Name: c.req.Name, Policy: c.req.GroupPolicy}
	group := saga.Add(c.Flow, "server-group", activities.ServerGroupAction, saga.Value(in),
		saga.After(c.plan), saga.Summary(c.req.GroupPolicy))
	return saga.From(group, activities.ServerGroup.ResourceID)
}

// addServer adds the server and the wait for it. With several flavors or zones, both
// tasks are in a scope: if the cloud lacks capacity, the scope reverts and is tried with
// the next alternative. The ports and volumes are outside and stay.
func (c *creation) addServer(p parts) saga.Ref[activities.Server] {
	scope, place := c.Flow, saga.Value(placement{Zone: c.req.AvailabilityZone})
	if all := c.req.placements(); len(all) > 1 {
		scope, place = saga.ForEach(c.Flow, "place", all, saga.MovesOn(lacksCapacity))
	}
	server := saga.Add(scope, "server", activities.ServerAction, c.serverInput(p, place), saga.Summary(c.req.Name))
	wait := saga.From(server, func(s activities.Server) activities.ServerWait {
		return activities.ServerWait{Cloud: c.req.Cloud, ID: s.ID, Name: s.Name}
	})
	return saga.Add(scope, "active", activities.WaitServerAction, wait,
		saga.Summary("wait until "+c.req.Name+" is ACTIVE"))
}

// serverInput computes what nova is asked for.
func (c *creation) serverInput(p parts, place saga.Ref[placement]) saga.Ref[activities.CreateServerInput] {
	in := saga.From3(p.key, p.group, place, c.plainInput)
	in = saga.From4(c.plan, p.ports, p.boot, in, func(
		plan activities.ServerPlan, ports []activities.Port, boot string, in activities.CreateServerInput,
	) activities.CreateServerInput {
		in.PortIDs, in.BootVolumeID = idsOf(ports), boot
		if boot == "" {
			in.ImageID = plan.ImageID
		}
		return in
	})
	return saga.From3(c.plan, place, in, func(
		plan activities.ServerPlan, p placement, in activities.CreateServerInput,
	) activities.CreateServerInput {
		if in.FlavorID = plan.FlavorID; p.Flavor > 0 {
			in.FlavorID = plan.FallbackFlavorIDs[p.Flavor-1]
		}
		return in
	})
}

// plainInput returns what of it does not depend on the plan.
func (c *creation) plainInput(key, group string, p placement) activities.CreateServerInput {
	return activities.CreateServerInput{
		Cloud: c.req.Cloud, Name: c.req.Name, KeyName: key, AvailabilityZone: p.Zone, ServerGroupID: group,
		Properties: c.req.Properties, Tags: c.req.Tags, Description: c.req.Description, Hostname: c.req.Hostname,
		ConfigDrive: c.req.ConfigDrive, UserData: c.req.UserData,
	}
}

// lacksCapacity reports whether the next flavor or zone may do better.
func lacksCapacity(f saga.Failure) bool { return activities.LacksRoom(f.Type, f.Reason) }

// awaitReady adds the waits until the server answers, at its floating IP if it has one.
func (c *creation) awaitReady(active saga.Ref[activities.Server], p parts) {
	c.req.AddReady(c.Flow, saga.From3(active, p.ports, p.address,
		func(s activities.Server, ports []activities.Port, floating string) spec.Site {
			if floating == "" && len(ports[0].FixedIPs) > 0 {
				floating = ports[0].FixedIPs[0]
			}
			return spec.Site{Server: s.Name, Address: floating}
		}))
}
