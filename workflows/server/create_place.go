package server

import (
	"novaflow/activities/neutron"
	"novaflow/activities/nova"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// addKeyPair adds a key pair if the request has a public key. The ref is to the name of
// the server's key pair, or "".
func (c *creation) addKeyPair() saga.Ref[string] {
	if c.req.PublicKey == "" {
		return saga.Value(c.req.KeyName)
	}
	in := nova.CreateKeyPairInput{Cloud: c.req.Cloud, Name: c.req.KeyName, PublicKey: c.req.PublicKey}
	key := saga.Add(c.Flow, "key-pair", nova.KeyPairAction, saga.Value(in),
		saga.After(c.plan), saga.Summary(c.req.KeyName))
	return saga.From(key, nova.KeyPair.ResourceID)
}

// addServerGroup adds a server group if the request has a policy for one. The ref is to
// the id of the server's group, or "".
func (c *creation) addServerGroup() saga.Ref[string] {
	switch {
	case c.req.ServerGroup != "":
		return saga.From(c.plan, func(plan plan.ServerPlan) string { return plan.ServerGroupID })
	case c.req.GroupPolicy == "":
		return saga.Value("")
	}
	in := nova.CreateServerGroupInput{Cloud: c.req.Cloud, Name: c.req.Name, Policy: c.req.GroupPolicy}
	group := saga.Add(c.Flow, "server-group", nova.ServerGroupAction, saga.Value(in),
		saga.After(c.plan), saga.Summary(c.req.GroupPolicy))
	return saga.From(group, nova.ServerGroup.ResourceID)
}

// addServer adds the server and the wait for it. With several flavors or zones, both
// tasks are in a scope: if the cloud lacks capacity, the scope reverts and is tried with
// the next alternative. The ports and volumes are outside and stay.
func (c *creation) addServer(p parts) saga.Ref[nova.Server] {
	scope, place := c.Flow, saga.Value(placement{Zone: c.req.AvailabilityZone})
	if all := c.req.placements(); len(all) > 1 {
		scope, place = saga.ForEach(c.Flow, "place", all, saga.TryNextIf(lacksCapacity))
	}
	server := saga.Add(scope, "server", nova.ServerAction, c.serverInput(p, place), saga.Summary(c.req.Name))
	wait := saga.From(server, func(s nova.Server) nova.ServerWait {
		return nova.ServerWait{Cloud: c.req.Cloud, ID: s.ID, Name: s.Name}
	})
	return saga.Add(scope, "active", nova.WaitServerAction, wait,
		saga.Summary("wait until "+c.req.Name+" is ACTIVE"))
}

// serverInput computes what nova is asked for.
func (c *creation) serverInput(p parts, place saga.Ref[placement]) saga.Ref[nova.CreateServerInput] {
	in := saga.From3(p.key, p.group, place, c.plainInput)
	in = saga.From4(c.plan, p.ports, p.boot, in, func(
		plan plan.ServerPlan, ports []neutron.Port, boot string, in nova.CreateServerInput,
	) nova.CreateServerInput {
		in.PortIDs, in.BootVolumeID = idsOf(ports), boot
		if boot == "" {
			in.ImageID = plan.ImageID
		}
		return in
	})
	return saga.From3(c.plan, place, in, func(
		plan plan.ServerPlan, p placement, in nova.CreateServerInput,
	) nova.CreateServerInput {
		if in.FlavorID = plan.FlavorID; p.Flavor > 0 {
			in.FlavorID = plan.FallbackFlavorIDs[p.Flavor-1]
		}
		return in
	})
}

// plainInput returns what of it does not depend on the plan.
func (c *creation) plainInput(key, group string, p placement) nova.CreateServerInput {
	return nova.CreateServerInput{
		Cloud: c.req.Cloud, Name: c.req.Name, KeyName: key, AvailabilityZone: p.Zone, ServerGroupID: group,
		Properties: c.req.Properties, Tags: c.req.Tags, Description: c.req.Description, Hostname: c.req.Hostname,
		ConfigDrive: c.req.ConfigDrive, UserData: c.req.UserData,
	}
}

// lacksCapacity reports whether the next flavor or zone may do better.
func lacksCapacity(f saga.Failure) bool { return nova.LacksCapacity(f.Type, f.Reason) }

// awaitReady adds the waits until the server answers, at its floating IP if it has one.
func (c *creation) awaitReady(active saga.Ref[nova.Server], p parts) {
	c.req.AddReady(c.Flow, saga.From3(active, p.ports, p.address,
		func(s nova.Server, ports []neutron.Port, floating string) spec.Site {
			if floating == "" && len(ports[0].FixedIPs) > 0 {
				floating = ports[0].FixedIPs[0]
			}
			return spec.Site{Server: s.Name, Address: floating}
		}))
}
