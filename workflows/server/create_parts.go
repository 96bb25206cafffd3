package server

import (
	"cmp"
	"fmt"
	"slices"

	"novaflow/activities"
	"novaflow/saga"
	"novaflow/workflows/spec"
)

// lock keeps other runs away from what the user brings.
func (c *creation) lock() {
	if !c.req.brings() {
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
	c.held = []saga.Dependency{spec.LockAlso(c.Flow, spec.ServerWorkflowID(c.req.Cloud, c.req.Name), ids, c.req.LockOptions()...)}
}

// brings reports whether the user brings anything that exists.
func (s CreateSpec) brings() bool {
	return s.BootFrom != "" || slices.ContainsFunc(s.Ports, func(p PortSpec) bool { return p.Port != "" }) ||
		slices.ContainsFunc(s.Volumes, func(v VolumeSpec) bool { return v.Volume != "" })
}

func (c *creation) ports(groups saga.Ref[[]string]) saga.Ref[[]activities.Port] {
	var refs []saga.Ref[activities.Port]
	for i, port := range c.req.Ports {
		if port.Port != "" {
			refs = append(refs, saga.Add(c.Flow, fmt.Sprintf("port-%d", i), activities.TakePortAction,
				saga.From(c.plan, func(plan activities.ServerPlan) activities.TakePortInput {
					return activities.TakePortInput{Cloud: c.req.Cloud, PortID: plan.Ports[i].ID}
				}), saga.After(c.held...), saga.Summary("use "+port.Port)))
			continue
		}
		in := saga.From2(c.plan, groups, func(plan activities.ServerPlan, groups []string) activities.CreatePortInput {
			return c.port(i, plan, groups)
		})
		refs = append(refs, saga.Add(c.Flow, fmt.Sprintf("port-%d", i), activities.PortAction, in, saga.Summary("on "+port.Network)))
	}
	return saga.Collect(refs)
}

// port returns the request for a port.
func (c *creation) port(i int, plan activities.ServerPlan, groups []string) activities.CreatePortInput {
	port := c.req.Ports[i]
	in := activities.CreatePortInput{
		Cloud: c.req.Cloud, Name: fmt.Sprintf("%s-port-%d", c.req.Name, i), NetworkID: plan.Networks[i].ID,
		SecurityGroupIDs: slices.Concat(groups, plan.Ports[i].SecurityGroupIDs), MAC: port.MAC, NoPortSecurity: port.NoPortSecurity,
	}
	if len(port.FixedIPs) == 0 {
		in.FixedIP = port.FixedIP
	} else {
		in.FixedIPs = plan.Ports[i].FixedIPs
	}
	for _, pair := range port.AllowedAddresses {
		in.AllowedAddressPairs = append(in.AllowedAddressPairs, activities.AddressPair{IP: pair.IP, MAC: pair.MAC})
	}
	if port.NoPortSecurity {
		in.SecurityGroupIDs = nil
	}
	return in
}

// bootVolume adds a volume to boot from: one made from the image or a snapshot, or
// the user's. The ref is to its id, "" for a server that boots from the image
// itself.
func (c *creation) bootVolume() saga.Ref[string] {
	switch {
	case c.req.BootFrom != "":
		return saga.From(c.broughtVolume("boot-volume", c.req.BootFrom, func(plan activities.ServerPlan) string { return plan.BootVolumeID }), activities.Volume.ResourceID)
	case !c.req.bootsFromNewVolume():
		return saga.Value("")
	}
	return saga.From(c.volume("boot-volume", saga.From(c.plan, func(plan activities.ServerPlan) activities.CreateVolumeInput {
		return activities.CreateVolumeInput{
			Cloud: c.req.Cloud, Name: c.req.Name + "-boot", SizeGiB: cmp.Or(c.req.BootVolume, plan.BootVolumeGiB),
			ImageID: plan.ImageID, SnapshotID: plan.SnapshotID, Type: c.req.BootType,
		}
	})), activities.Volume.ResourceID)
}

func (c *creation) volumes() saga.Ref[[]activities.Volume] {
	var refs []saga.Ref[activities.Volume]
	for i, v := range c.req.Volumes {
		name := fmt.Sprintf("volume-%d", i)
		if v.Volume != "" {
			refs = append(refs, c.broughtVolume(name, v.Volume, func(plan activities.ServerPlan) string { return plan.VolumeIDs[i] }))
			continue
		}
		refs = append(refs, c.volume(name, saga.Value(activities.CreateVolumeInput{
			Cloud: c.req.Cloud, Name: fmt.Sprintf("%s-volume-%d", c.req.Name, i), SizeGiB: v.Size, Type: v.Type,
		})))
	}
	return saga.Collect(refs)
}

// broughtVolume adds the user's volume.
func (c *creation) broughtVolume(name, volume string, id func(activities.ServerPlan) string) saga.Ref[activities.Volume] {
	return saga.Add(c.Flow, name, activities.TakeVolumeAction, saga.From(c.plan, func(plan activities.ServerPlan) activities.TakeVolumeInput {
		return activities.TakeVolumeInput{Cloud: c.req.Cloud, VolumeID: id(plan)}
	}), saga.After(c.held...), saga.Summary("use "+volume))
}

// keyPair adds a key pair where there is a public key to make it of. The ref is to
// the name of the server's key pair, or "".
func (c *creation) keyPair() saga.Ref[string] {
	if c.req.PublicKey == "" {
		return saga.Value(c.req.KeyName)
	}
	key := saga.Add(c.Flow, "key-pair", activities.KeyPairAction, saga.Value(activities.CreateKeyPairInput{
		Cloud: c.req.Cloud, Name: c.req.KeyName, PublicKey: c.req.PublicKey,
	}), saga.After(c.plan), saga.Summary(c.req.KeyName))
	return saga.From(key, activities.KeyPair.ResourceID)
}

// serverGroup adds a server group where there is a policy for one. The ref is to
// the id of the server's group, or "".
func (c *creation) serverGroup() saga.Ref[string] {
	switch {
	case c.req.ServerGroup != "":
		return saga.From(c.plan, func(plan activities.ServerPlan) string { return plan.ServerGroupID })
	case c.req.GroupPolicy == "":
		return saga.Value("")
	}
	group := saga.Add(c.Flow, "server-group", activities.ServerGroupAction, saga.Value(activities.CreateServerGroupInput{
		Cloud: c.req.Cloud, Name: c.req.Name, Policy: c.req.GroupPolicy,
	}), saga.After(c.plan), saga.Summary(c.req.GroupPolicy))
	return saga.From(group, activities.ServerGroup.ResourceID)
}
