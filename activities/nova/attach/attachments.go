package attach

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/volumeattach"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/activities/nova"
	"novaflow/saga"
)

// Activities has the activities for volumes and ports of servers.
type Activities struct{ Clouds *cloud.Clouds }

// VolumeAttachmentAction asks for a volume to be attached and detaches it again. Wait
// for the volume to be in-use with WaitVolumeAction.
var VolumeAttachmentAction = saga.Do((*Activities)(nil).AttachVolume).UndoneBy((*Activities)(nil).DetachVolume).
	With(task.SubmitOptions).UndoWith(task.DeleteOptions)

// AttachVolumeInput says which volume to attach to which server.
type AttachVolumeInput struct {
	Cloud    string `json:"cloud"`
	ServerID string `json:"serverId"`
	VolumeID string `json:"volumeId"`
	Device   string `json:"device,omitempty"` // wished for; most hypervisors choose themselves
}

// Attachment is a volume attached to a server. It has no mark of its own: the
// pair is what identifies it.
type Attachment struct {
	ServerID string `json:"serverId"`
	VolumeID string `json:"volumeId"`
	Device   string `json:"device,omitempty"` // as the server may see it
	cloud.Answered
}

// ResourceIDs returns the ids of the volume and of the server.
func (a Attachment) ResourceIDs() []string { return []string{a.VolumeID, a.ServerID} }

func (in AttachVolumeInput) words(verb, preposition string) string {
	return fmt.Sprintf("%s volume %s %s server %s", verb, in.VolumeID, preposition, in.ServerID)
}

// AttachVolume asks for the volume to be attached, unless it is already.
func (a *Activities) AttachVolume(ctx context.Context, in saga.Intent[AttachVolumeInput]) (Attachment, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Attachment, error) {
		there, err := FindAttachment(ctx, c, in.In)
		if err != nil || there != nil {
			return resource.Deref(there), err
		}
		post, cancel, err := task.Uninterrupted(ctx)
		if err != nil {
			return Attachment{}, err
		}
		defer cancel()
		return attachTo(post, c, in.In)
	})
}

// attachTo sends nova's request for an attachment.
func attachTo(ctx context.Context, c *cloud.Client, in AttachVolumeInput) (Attachment, error) {
	a, err := volumeattach.Create(ctx, c.Compute, in.ServerID, volumeattach.CreateOpts{VolumeID: in.VolumeID,
		Device: in.Device}).Extract()
	if err != nil {
		return Attachment{}, cloud.Nova.Op(cloud.Changing, in.words("attach", "to")).Wrap(ctx, err)
	}
	return Attachment{ServerID: in.ServerID, VolumeID: in.VolumeID, Device: a.Device}, nil
}

// DetachVolume makes sure that the volume is not attached to the server, and returns
// when the volume is free of it. A server or volume that is absent is success. What
// nova leaves behind when it dies in the middle is deleted, see
// cinder.RepairDetachment. Nova detaches nothing from a server in ERROR, and nothing
// that cinder does not call in-use: if the same run created the server, its own undo
// frees the volume, so that is success too.
func (a *Activities) DetachVolume(ctx context.Context, u saga.Undo[AttachVolumeInput, Attachment]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		v, err := cinder.Volumes.Get(ctx, c, u.In.VolumeID)
		if err != nil {
			return cloud.IgnoreGone(err)
		}
		d := detaching{in: u.In, run: u.Mark.Run(), begun: time.Now(), looks: 1}
		if u.Out == nil { // the answer was lost, and the attachment may come yet
			d.looks = c.Looks()
		}
		see := func(v cinder.Volume) (bool, error) { return d.see(ctx, c, v) }
		if done, err := see(v); done || err != nil {
			return err
		}
		return cloud.IgnoreGone(cinder.Volumes.Watch(ctx, c, u.In.VolumeID, see))
	})
}

// detaching is the state of a volume's detachment.
type detaching struct {
	in     AttachVolumeInput
	run    string // that reverts the attachment
	begun  time.Time
	asked  bool // nova accepted to detach it
	looks  int  // that must find nothing attached
	unhung bool // what nova had left behind was deleted
}

// see asks for the volume to be detached, once nova allows it, and reports
// whether server and volume are free of each other.
func (d *detaching) see(ctx context.Context, c *cloud.Client, v cinder.Volume) (bool, error) {
	task.Say(ctx, task.DescribeWait(d.in.words("detach", "from"), v.Status, d.begun))
	there, err := FindAttachment(ctx, c, d.in)
	absent := err == nil && there == nil || cloud.ClassOf(err) == cloud.Gone
	switch {
	case absent && freeOf(v, d.in.ServerID):
		if d.looks--; d.looks <= 0 || d.asked || err != nil { // or the server is gone
			return true, nil
		}
		return false, task.Sleep(ctx, c.LookPause())
	case !absent && err == nil && !d.asked:
		err = cloud.IgnoreGone(detachVolume(ctx, c, d.in))
		d.asked = err == nil
	case absent:
		err = nil
	}
	if cloud.ClassOf(err) != cloud.Conflict && err != nil {
		return false, err
	}
	return d.goOn(ctx, c, v, absent, err)
}

// goOn decides what to do about a volume that is not free yet, which nova may have
// refused to detach: wait, or help after a while, or leave it to the server's undo.
func (d *detaching) goOn(ctx context.Context, c *cloud.Client, v cinder.Volume, absent bool,
	refused error) (bool, error) {
	late := time.Since(d.begun) > c.Patience()*3/2 // nova tries for 160 s (its device_detach_attempts)
	if late && !d.unhung {
		d.unhung = true
		helped, err := cinder.RepairDetachment(ctx, c, d.in.ServerID, v, absent)
		if helped && err == nil {
			d.begun, d.asked = time.Now(), false
			return false, nil
		}
		refused = cloud.FirstError(err, refused)
	}
	if late && refused == nil {
		refused = &cloud.Error{Class: cloud.Conflict, Message: fmt.Sprintf("%s: the volume is still %s",
			d.in.words("detach", "from"), v.Status)}
	}
	freed := !absent || v.Mark.Run() == d.run // by the server's undo, which frees what nova lists, or by its own
	switch {
	case refused != nil && freed && d.doomed(ctx, c, late):
		return true, nil
	case refused != nil && !late:
		task.Say(ctx, refused.Error())
		return false, nil
	}
	return false, refused
}

// doomed reports whether the run that reverts the attachment will delete the
// server too, and it is in ERROR or everything else has been tried.
func (d *detaching) doomed(ctx context.Context, c *cloud.Client, late bool) bool {
	s, err := nova.Servers.Get(ctx, c, d.in.ServerID)
	return err == nil && (late || s.Status == "ERROR") && d.run != "" && s.Mark.Run() == d.run
}

// freeOf reports whether a volume is neither attached to the server nor on the
// way to or from one.
func freeOf(v cinder.Volume, server string) bool {
	return !slices.Contains(v.Servers, server) && !slices.Contains([]string{"reserved", "attaching", "detaching"},
		v.Status)
}

func detachVolume(ctx context.Context, c *cloud.Client, in AttachVolumeInput) error {
	err := volumeattach.Delete(ctx, c.Compute, in.ServerID, in.VolumeID).ExtractErr()
	return cloud.Nova.Op(cloud.Deleting, in.words("detach", "from")).Wrap(ctx, err)
}

// FindAttachment returns the attachment, or nil if there is none.
func FindAttachment(ctx context.Context, c *cloud.Client, in AttachVolumeInput) (*Attachment, error) {
	op := cloud.Nova.Op(cloud.Reading, fmt.Sprintf("list the volumes of server %s", in.ServerID))
	pages, err := volumeattach.List(c.Compute, in.ServerID).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := volumeattach.ExtractVolumeAttachments(pages)
	for _, a := range all {
		if a.VolumeID == in.VolumeID {
			return &Attachment{ServerID: in.ServerID, VolumeID: in.VolumeID, Device: a.Device}, nil
		}
	}
	return nil, op.Wrap(ctx, err)
}
