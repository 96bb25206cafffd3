package cinder

import (
	"context"
	"errors"
	"slices"

	cinderzones "github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/availabilityzones"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/snapshots"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/volumes"

	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// CheckVolumeAction looks everything up that a new volume needs.
var CheckVolumeAction = saga.Read((*Activities)(nil).CheckVolume).With(task.CheckOptions)

// VolumeQuery says what a volume is to be created from. Names may be ids.
type VolumeQuery struct {
	Cloud            string `json:"cloud"`
	Run              string `json:"run,omitempty"` // the run that asks; its own volume of the same name does not count
	Name             string `json:"name"`
	SizeGiB          int    `json:"sizeGib,omitempty"` // 0: the size of the snapshot
	Image            string `json:"image,omitempty"`
	Snapshot         string `json:"snapshot,omitempty"`
	Type             string `json:"type,omitempty"`
	AvailabilityZone string `json:"availabilityZone,omitempty"`
}

// VolumePlan is what the names stand for.
type VolumePlan struct {
	SizeGiB  int                   `json:"sizeGib"`
	ImageID  string                `json:"imageId,omitempty"`
	Snapshot *resource.OwnedObject `json:"snapshot,omitempty"`
}

// CheckVolume looks everything up that the request names, before the first
// effect. If anything is wrong it returns one terminal error of type
// InvalidRequest with every problem on a line of its own.
func (a *Activities) CheckVolume(ctx context.Context, q VolumeQuery) (VolumePlan, error) {
	return task.Forward(ctx, a.Clouds, q.Cloud, func(ctx context.Context, c *cloud.Client) (VolumePlan, error) {
		p := &volumeCheck{}
		plan := VolumePlan{SizeGiB: q.SizeGiB}
		err := errors.Join(
			p.namesake(ctx, c, q), p.image(ctx, c, q, &plan), p.snapshot(ctx, c, q, &plan),
			p.place(ctx, c, q), checkVolumeQuota(ctx, c, &p.Problems, "volumes", 1, plan.SizeGiB))
		if err != nil {
			return VolumePlan{}, err
		}
		return plan, p.Err("volume %q cannot be created on cloud %q", q.Name, q.Cloud)
	})
}

// volumeCheck collects the problems of a request for a volume.
type volumeCheck struct{ precheck.Problems }

func (p *volumeCheck) namesake(ctx context.Context, c *cloud.Client, q VolumeQuery) error {
	found, err := Volumes.Find(ctx, c, q.Name)
	for _, v := range found {
		if run := v.Mark.Run(); run != "" && run != q.Run {
			p.Add("volume %q exists already (%s, created by run %s): choose another name, or delete that volume first",
				v.Name, v.ID, run)
		}
	}
	return err
}

func (p *volumeCheck) image(ctx context.Context, c *cloud.Client, q VolumeQuery, plan *VolumePlan) error {
	if q.Image == "" {
		return nil
	}
	found, err := glance.FindVisibleImages(ctx, c, q.Image)
	if err != nil {
		return err
	}
	image := precheck.Choose(&p.Problems, "image", q.Image, found,
		func(i glance.VisibleImage) (string, string) { return i.ID, i.Name })
	switch {
	case image == nil:
	case image.Status != "active":
		p.Add("image %q (%s) is %s: use one that is active", image.Name, image.ID, image.Status)
	case q.SizeGiB < max(image.MinDiskGiB, image.SizeGiB()):
		p.Add("a volume of %d GiB is too small for image %q, which needs %d GiB: ask for a larger one", q.SizeGiB,
			image.Name, max(image.MinDiskGiB, image.SizeGiB()))
	default:
		plan.ImageID = image.ID
	}
	return nil
}

func (p *volumeCheck) snapshot(ctx context.Context, c *cloud.Client, q VolumeQuery, plan *VolumePlan) error {
	if q.Snapshot == "" {
		return nil
	}
	s, err := chooseSnapshot(ctx, c, &p.Problems, q.Snapshot, "")
	switch {
	case s == nil:
		return err
	case s.Status != "available":
		p.Add("snapshot %q (%s) is %s: use one that is available", s.Name, s.ID, s.Status)
	case q.SizeGiB > 0 && q.SizeGiB < s.SizeGiB:
		p.Add(
			"a volume of %d GiB is too small for snapshot %q, which has %d GiB: ask for a larger one, or give no size",
			q.SizeGiB, s.Name, s.SizeGiB)
	}
	o := s.Object()
	plan.Snapshot, plan.SizeGiB = &o, max(q.SizeGiB, s.SizeGiB)
	return err
}

// chooseSnapshot finds a snapshot by id or exact name, of one volume if that is
// given; nil if the problem is noted.
func chooseSnapshot(ctx context.Context, c *cloud.Client, p *precheck.Problems,
	word, volume string) (*Snapshot, error) {
	all, err := listSnapshots(ctx, c, snapshots.ListOpts{VolumeID: volume})
	if err != nil {
		return nil, cloud.Cinder.Op(cloud.Listing, "list snapshots").Wrap(ctx, err)
	}
	return precheck.Choose(p, resource.KindSnapshot, word, all,
		func(s Snapshot) (string, string) { return s.ID, s.Name }), nil
}

// place looks at the type and the availability zone.
func (p *volumeCheck) place(ctx context.Context, c *cloud.Client, q VolumeQuery) error {
	if q.Type != "" {
		types, err := ListVolumeTypes(ctx, c)
		if err != nil {
			return err
		}
		precheck.Choose(&p.Problems, "volume type", q.Type, types,
			func(t VolumeType) (string, string) { return t.ID, t.Name })
	}
	if q.AvailabilityZone == "" {
		return nil
	}
	pages, err := cinderzones.List(c.Volume).AllPages(ctx)
	if err != nil {
		return precheck.IgnoreRefusal(cloud.Cinder.Op(cloud.Listing, "list the availability zones of volumes").
			Wrap(ctx, err))
	}
	zones, err := cinderzones.ExtractAvailabilityZones(pages)
	var known []string
	for _, z := range zones {
		if z.ZoneState.Available {
			known = append(known, z.ZoneName)
		}
	}
	if err == nil && !slices.Contains(known, q.AvailabilityZone) {
		p.Add("availability zone %q does not exist for volumes or is not available%s: known are %s",
			q.AvailabilityZone, cloud.Suggest(q.AvailabilityZone, known), cloud.QuoteAll(known))
	}
	return err
}

// checkVolumeQuota compares what is needed with the quota of volumes or snapshots.
func checkVolumeQuota(ctx context.Context, c *cloud.Client, p *precheck.Problems, of string, count, gib int) error {
	quotas, err := ListVolumeQuota(ctx, c)
	if err != nil {
		return precheck.IgnoreRefusal(err)
	}
	p.CheckQuota(quotas, map[string]int{of: count, "gigabytes": gib})
	return nil
}

// ChooseVolume finds a volume by id or exact name; nil if the problem is noted.
func ChooseVolume(ctx context.Context, c *cloud.Client, p *precheck.Problems, word string) (*Volume, error) {
	found, err := awaitVolumes(ctx, c, word)
	if err == nil && len(found) == 0 { // only then are all listed, to say what exists
		found, err = findVolumes(ctx, c, volumes.ListOpts{})
	}
	if err != nil {
		return nil, cloud.Cinder.Op(cloud.Listing, "list volumes").Wrap(ctx, err)
	}
	return precheck.KeepOwn(p, c, precheck.Choose(p, resource.KindVolume, word, found,
		func(v Volume) (string, string) { return v.ID, v.Name })), nil
}

// awaitVolumes finds volumes of a name or id that must exist. Lists lag, so it looks
// more than once before it returns none.
func awaitVolumes(ctx context.Context, c *cloud.Client, nameOrID string) ([]Volume, error) {
	return resource.LookAgain(ctx, c, func() ([]Volume, error) { return Volumes.Find(ctx, c, nameOrID) })
}
