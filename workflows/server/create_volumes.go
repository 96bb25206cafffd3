package server

import (
	"cmp"
	"fmt"

	"novaflow/activities/cinder"
	"novaflow/activities/nova"
	"novaflow/activities/nova/attach"
	"novaflow/activities/nova/plan"
	"novaflow/saga"
)

// addBootVolume adds a volume to boot from: one created from the image or a snapshot, or
// an existing one. The ref is to its id, "" for a server that boots from the image
// itself.
func (c *creation) addBootVolume() saga.Ref[string] {
	const name = "boot-volume"
	switch {
	case c.req.BootFrom != "":
		id := func(plan plan.ServerPlan) string { return plan.BootVolumeID }
		return saga.From(c.addExistingVolume(name, c.req.BootFrom, id), cinder.Volume.ResourceID)
	case !c.req.bootsFromNewVolume():
		return saga.Value("")
	}
	in := saga.From(c.plan, func(plan plan.ServerPlan) cinder.CreateVolumeInput {
		return cinder.CreateVolumeInput{
			Cloud: c.req.Cloud, Name: c.req.Name + "-boot", SizeGiB: cmp.Or(c.req.BootVolume, plan.BootVolumeGiB),
			ImageID: plan.ImageID, SnapshotID: plan.SnapshotID, Type: c.req.BootType,
		}
	})
	return saga.From(c.addVolume(name, in), cinder.Volume.ResourceID)
}

// addVolumes adds the data volumes: new ones, and existing ones.
func (c *creation) addVolumes() saga.Ref[[]cinder.Volume] {
	var refs []saga.Ref[cinder.Volume]
	for i, v := range c.req.Volumes {
		name := fmt.Sprintf("volume-%d", i)
		if v.Volume != "" {
			id := func(plan plan.ServerPlan) string { return plan.VolumeIDs[i] }
			refs = append(refs, c.addExistingVolume(name, v.Volume, id))
			continue
		}
		refs = append(refs, c.addVolume(name, saga.Value(cinder.CreateVolumeInput{
			Cloud: c.req.Cloud, Name: fmt.Sprintf("%s-volume-%d", c.req.Name, i), SizeGiB: v.Size, Type: v.Type,
		})))
	}
	return saga.Collect(refs)
}

// addVolume adds two tasks: one that asks for a volume, one that waits for it.
func (c *creation) addVolume(name string, in saga.Ref[cinder.CreateVolumeInput]) saga.Ref[cinder.Volume] {
	asked := saga.Add(c.Flow, name, cinder.VolumeAction, in, saga.After(c.plan))
	wait := saga.From(asked, func(v cinder.Volume) cinder.VolumeWait {
		return cinder.VolumeWait{Cloud: c.req.Cloud, ID: v.ID, Name: v.Name, Status: "available"}
	})
	return saga.Add(c.Flow, name+"-ready", cinder.WaitVolumeAction, wait,
		saga.Summary("wait until it is available"))
}

// addExistingVolume adds a task that reserves an existing volume.
func (c *creation) addExistingVolume(
	name, volume string, id func(plan.ServerPlan) string,
) saga.Ref[cinder.Volume] {
	in := saga.From(c.plan, func(plan plan.ServerPlan) attach.ReserveVolumeInput {
		return attach.ReserveVolumeInput{Cloud: c.req.Cloud, VolumeID: id(plan)}
	})
	return saga.Add(c.Flow, name, attach.ReserveVolumeAction, in, saga.After(c.locked...), saga.Summary("use "+volume))
}

// attachVolumes attaches the data volumes one after the other. Nova would take them all
// at once, but the guest sees them in the order in which they are attached.
func (c *creation) attachVolumes(active saga.Ref[nova.Server], volumes saga.Ref[[]cinder.Volume]) {
	var before []saga.TaskOption
	for i := range c.req.Volumes {
		name := fmt.Sprintf("attach-%d", i)
		in := saga.From2(active, volumes, func(
			s nova.Server, volumes []cinder.Volume,
		) attach.AttachVolumeInput {
			return attach.AttachVolumeInput{Cloud: c.req.Cloud, ServerID: s.ID, VolumeID: volumes[i].ID}
		})
		attached := saga.Add(c.Flow, name, attach.VolumeAttachmentAction, in, before...)
		wait := saga.From(attached, func(a attach.Attachment) cinder.VolumeWait {
			return cinder.VolumeWait{Cloud: c.req.Cloud, ID: a.VolumeID, Status: "in-use"}
		})
		inUse := saga.Add(c.Flow, name+"-ready", cinder.WaitVolumeAction, wait,
			saga.Summary("wait until it is in use"))
		before = []saga.TaskOption{saga.After(inUse)}
	}
}
