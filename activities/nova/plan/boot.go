package plan

import (
	"cmp"
	"slices"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/nova"
)

// snapshot decides about the volume that is created from a snapshot to boot from.
func (p *planner) snapshot() {
	s := precheck.Choose(&p.Problems, "volume snapshot", p.q.Snapshot, p.facts.snapshots,
		func(s cinder.SourceSnapshot) (string, string) { return s.ID, s.Name })
	if s == nil {
		return
	}
	name := resource.Describe("volume snapshot", s.Name, s.ID)
	switch {
	case p.foreign(s.Project):
		p.Add("%s belongs to another project: use one of your own", name)
	case s.Status != "available":
		p.Add("%s is %s: use one that is available", name, s.Status)
	case s.NotBootable:
		p.Add("%s was taken of a volume that is not bootable: use another, or an image", name)
	case p.q.BootVolumeGiB > 0 && p.q.BootVolumeGiB < s.SizeGiB:
		p.Add("the boot volume of %d GiB is too small for %s of %d GiB: ask for a larger one", p.q.BootVolumeGiB, name,
			s.SizeGiB)
	}
	p.out.SnapshotID, p.out.BootVolumeGiB = s.ID, cmp.Or(p.q.BootVolumeGiB, s.SizeGiB)
}

// bootVolume decides about a volume to boot from that the user supplies.
func (p *planner) bootVolume() {
	if v := p.existingVolume(p.q.BootVolume); v != nil {
		if p.out.BootVolumeID = v.ID; !v.Bootable {
			p.Add("%s is not bootable: mark it so with \"openstack volume set --bootable\", or use another",
				resource.Describe(resource.KindVolume, v.Name, v.ID))
		}
	}
}

// dataVolumes decides about the volumes to attach that the user supplies.
func (p *planner) dataVolumes() {
	for _, wanted := range p.q.Volumes {
		id := ""
		if wanted != "" {
			if v := p.existingVolume(wanted); v != nil {
				id = v.ID
			}
		}
		if id != "" && (id == p.out.BootVolumeID || slices.Contains(p.out.VolumeIDs, id)) {
			p.Add("volume %q (%s) is named twice: a server has it once", wanted, id)
		}
		p.out.VolumeIDs = append(p.out.VolumeIDs, id)
	}
}

// existingVolume returns a volume that the user supplies, or nil.
func (p *planner) existingVolume(wanted string) *cinder.Volume {
	v := precheck.Choose(&p.Problems, "volume", wanted, p.facts.volumes,
		func(v cinder.Volume) (string, string) { return v.ID, v.Name })
	if v == nil {
		return nil
	}
	p.out.ExistingVolumes = append(p.out.ExistingVolumes, cmp.Or(v.Name, v.ID))
	name := resource.Describe(resource.KindVolume, v.Name, v.ID)
	switch {
	case p.foreign(v.Project):
		p.Add("%s belongs to another project: use one of your own", name)
	case v.Status != "available" && !p.hasVolume(v.ID):
		p.Add("%s is %s: use one that is available", name, cinder.DescribeUsage(*v))
	}
	return v
}

// hasVolume reports whether the asking run's own server has the volume.
func (p *planner) hasVolume(id string) bool {
	return p.q.Run != "" && slices.ContainsFunc(p.facts.namesakes, func(s nova.Server) bool {
		return s.Mark.Run() == p.q.Run && slices.Contains(s.Volumes, id)
	})
}

// placing decides about the server group, and about what only newer novas know.
func (p *planner) placing() {
	if p.q.ServerGroup != "" {
		if g := precheck.Choose(&p.Problems, "server group", p.q.ServerGroup, p.facts.serverGroups,
			resource.IDAndName[nova.ServerGroup]); g != nil {
			p.out.ServerGroupID = g.ID
		}
	}
	if p.q.Hostname && isOlder(p.compute, nova.HostnameMicroversion) {
		p.Add("a host name of its own needs compute API %s, and this cloud has %s at most: leave the host name out",
			nova.HostnameMicroversion, cmp.Or(p.compute, "none that it reports"))
	}
}

func (p *planner) userData() {
	switch {
	case p.userDataErr != nil:
		p.Add("the user data cannot be read on the worker: %s", p.userDataErr)
	case p.userDataSize > nova.MaxUserDataBytes:
		p.Add("the user data has %d bytes, and nova takes %d: let it fetch the rest", p.userDataSize,
			nova.MaxUserDataBytes)
	}
}
