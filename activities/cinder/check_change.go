package cinder

import (
	"context"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// CheckVolumeChangeAction looks up whether a volume can be changed as asked.
var CheckVolumeChangeAction = saga.Read((*Activities)(nil).CheckVolumeChange).With(task.CheckOptions)

// ResolveOwnedVolumeAction finds a volume that a run created, and its snapshots.
var ResolveOwnedVolumeAction = saga.Read((*Activities)(nil).ResolveOwnedVolume).With(task.SurveyOptions)

// VolumeChange is what can be done to a volume.
type VolumeChange string

// The changes.
const (
	ChangeExtend   VolumeChange = "extend"
	ChangeSnapshot VolumeChange = "snapshot"
	ChangeRevert   VolumeChange = "revert"
)

// VolumeChangeQuery names a volume and what is to be done to it.
type VolumeChangeQuery struct {
	Cloud    string       `json:"cloud"`
	Run      string       `json:"run,omitempty"` // that asks
	Volume   string       `json:"volume"`        // name or id
	Change   VolumeChange `json:"change"`
	SizeGiB  int          `json:"sizeGib,omitempty"`  // to extend to
	Snapshot string       `json:"snapshot,omitempty"` // name of the new one, or name or id of that to revert to
	Force    bool         `json:"force,omitempty"`    // snapshot also a volume that is in use
}

// VolumeChangePlan is what the names stand for.
type VolumeChangePlan struct {
	Volume   Volume    `json:"volume"`
	Snapshot *Snapshot `json:"snapshot,omitempty"` // to revert to
}

// CheckVolumeChange looks at the volume before the first effect. A volume that
// does not allow the change is a terminal error of type InvalidRequest that says
// what would.
func (a *Activities) CheckVolumeChange(ctx context.Context, q VolumeChangeQuery) (VolumeChangePlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (VolumeChangePlan, error) {
		p := &volumeChangeCheck{}
		v, err := ChooseVolume(ctx, c, &p.Problems, q.Volume)
		if err != nil || v == nil {
			return VolumeChangePlan{}, cloud.FirstError(err, p.Err("volume %q cannot be changed on cloud %q", q.Volume,
				q.Cloud))
		}
		plan := VolumeChangePlan{Volume: *v}
		switch q.Change {
		case ChangeExtend:
			err = p.extension(ctx, c, q, *v)
		case ChangeSnapshot:
			err = p.snapshotOf(ctx, c, q, *v)
		case ChangeRevert:
			err = p.reversion(ctx, c, q, &plan)
		}
		return plan, cloud.FirstError(err,
			p.Err("%s: %s", q.Change, resource.Describe(resource.KindVolume, v.Name, v.ID)))
	})
}

// volumeChangeCheck collects the problems of a change of a volume.
type volumeChangeCheck struct{ precheck.Problems }

// state notes that the volume is not in one of the states that the change allows.
func (p *volumeChangeCheck) state(v Volume, allowed ...string) {
	if !slices.Contains(allowed, v.Status) {
		p.Add("it is %s%s: it has to be %s", v.Status, DescribeServers(v), strings.Join(allowed, " or "))
	}
}

// DescribeServers says which servers have a volume.
func DescribeServers(v Volume) string {
	if len(v.Servers) == 0 {
		return ""
	}
	return " (attached to server " + strings.Join(v.Servers, ", ") + ")"
}

func (p *volumeChangeCheck) extension(ctx context.Context, c *cloud.Client, q VolumeChangeQuery, v Volume) error {
	p.state(v, "available", "in-use", "extending")
	if q.SizeGiB < v.SizeGiB { // the same size is what a run has reached that was cut off
		p.Add("it has %d GiB already, and %d GiB were asked for: ask for more, as a volume cannot shrink", v.SizeGiB,
			q.SizeGiB)
	}
	return checkVolumeQuota(ctx, c, &p.Problems, "", 0, q.SizeGiB-v.SizeGiB)
}

func (p *volumeChangeCheck) snapshotOf(ctx context.Context, c *cloud.Client, q VolumeChangeQuery, v Volume) error {
	switch {
	case v.Status == "in-use" && !q.Force:
		p.Add("it is in-use%s: detach it, or force a snapshot of what is on the disk now", DescribeServers(v))
	default:
		p.state(v, "available", "in-use")
	}
	all, err := listSnapshots(ctx, c, snapshots.ListOpts{VolumeID: v.ID})
	if err != nil {
		return cloud.Cinder.Op(cloud.Listing, "list the snapshots of volume "+v.ID).Wrap(ctx, err)
	}
	for _, s := range all {
		if s.Name == q.Snapshot && s.Mark.Run() != q.Run {
			p.Add("it has a snapshot %q already (%s): choose another name", s.Name, s.ID)
		}
	}
	return checkVolumeQuota(ctx, c, &p.Problems, "snapshots", 1, v.SizeGiB)
}

func (p *volumeChangeCheck) reversion(ctx context.Context, c *cloud.Client, q VolumeChangeQuery,
	plan *VolumeChangePlan) error {
	v := plan.Volume
	p.state(v, "available", "reverting")
	s, err := chooseSnapshot(ctx, c, &p.Problems, q.Snapshot, v.ID)
	if err != nil || s == nil {
		return err
	}
	plan.Snapshot = s
	all, err := listSnapshots(ctx, c, snapshots.ListOpts{VolumeID: v.ID})
	if err != nil {
		return cloud.Cinder.Op(cloud.Listing, "list the snapshots of volume "+v.ID).Wrap(ctx, err)
	}
	for _, other := range all {
		if other.ID != s.ID && other.Created.After(s.Created) {
			p.Add("snapshot %q is not its latest, %q (%s) is: cinder reverts to the latest alone; create a new volume "+
				"from the snapshot instead", s.Name, other.Name, other.ID)
			break
		}
	}
	if s.SizeGiB != v.SizeGiB {
		p.Add("it has %d GiB and snapshot %q %d GiB: cinder does not shrink a volume; create a new volume from the "+
			"snapshot instead", v.SizeGiB, s.Name, s.SizeGiB)
	}
	if s.Status != "available" {
		p.Add("snapshot %q is %s: use one that is available", s.Name, s.Status)
	}
	return nil
}

// OwnedVolumeQuery names a volume that a run created.
type OwnedVolumeQuery struct {
	Cloud     string `json:"cloud"`
	Volume    string `json:"volume"`              // name or id
	Snapshots bool   `json:"snapshots,omitempty"` // its snapshots are to go too
}

// OwnedVolume is a volume and what goes with it.
type OwnedVolume struct {
	Volume    Volume     `json:"volume"`
	Snapshots []Snapshot `json:"snapshots,omitempty"`
}

// ResolveOwnedVolume finds a volume by id or exact name, and its snapshots. It
// refuses, with an error of type InvalidRequest, what novaflow did not create, a volume
// of another project, one that a server has, and one with snapshots that are not to go.
func (a *Activities) ResolveOwnedVolume(ctx context.Context, q OwnedVolumeQuery) (OwnedVolume, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (OwnedVolume, error) {
		found, err := awaitVolumes(ctx, c, q.Volume)
		if err != nil {
			return OwnedVolume{}, err
		}
		marked := resource.KeepMarked("", slices.Clone(found))
		switch {
		case len(found) == 0:
			return OwnedVolume{},
				cloud.Invalid("there is no volume %q on cloud %q: see the volumes with \"novaflow volume list\"",
					q.Volume, c.Name)
		case len(marked) == 0:
			return OwnedVolume{}, cloud.Invalid("volume %q (%s) was not created by novaflow, as it carries no mark: "+
				"delete it with \"openstack volume delete\"", found[0].Name, resource.JoinIDs(found))
		case len(marked) > 1:
			return OwnedVolume{}, cloud.Invalid("%d volumes created by novaflow are called %q: name one by its id: %s",
				len(marked), q.Volume, resource.JoinIDs(marked))
		}
		out := OwnedVolume{Volume: marked[0]}
		if err := resource.RefuseForeign(c, out.Volume.OwnedObject); err != nil {
			return OwnedVolume{}, err
		}
		out.Snapshots, err = listSnapshots(ctx, c, snapshots.ListOpts{VolumeID: out.Volume.ID})
		if err != nil {
			return OwnedVolume{}, cloud.Cinder.Op(cloud.Listing, "list the snapshots of volume "+out.Volume.ID).
				Wrap(ctx, err)
		}
		p := &volumeChangeCheck{}
		p.deletable(q, out)
		return out, p.Err("volume %q cannot be deleted", out.Volume.Name)
	})
}

func (p *volumeChangeCheck) deletable(q OwnedVolumeQuery, o OwnedVolume) {
	if len(o.Volume.Servers) > 0 {
		p.Add("it is %s%s: take it off there first with \"novaflow server remove volume\"", o.Volume.Status,
			DescribeServers(o.Volume))
	}
	var names, foreign []string
	for _, s := range o.Snapshots {
		names = append(names, resource.Describe("", s.Name, s.ID))
		if s.Mark == "" {
			foreign = append(foreign, resource.Describe("", s.Name, s.ID))
		}
	}
	switch {
	case !q.Snapshots && len(names) > 0:
		p.Add("it has snapshots,%s: delete them too, with --purge, or first", strings.Join(names, ","))
	case len(foreign) > 0:
		p.Add("it has snapshots that novaflow did not create,%s: delete them with \"openstack volume snapshot "+
			"delete\" first", strings.Join(foreign, ","))
	}
}
