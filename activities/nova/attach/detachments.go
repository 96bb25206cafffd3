package attach

import (
	"context"
	"fmt"
	"strings"
	"time"

	"novaflow/activities/cinder"
	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that take a volume off a server, and put it back.
var (
	VolumeRemovalAction = saga.Do((*Activities)(nil).RemoveVolumeFromServer).
				UndoneBy((*Activities)(nil).ReattachVolume).With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	WaitVolumeDetachedAction = saga.Read((*Activities)(nil).WaitVolumeDetached).With(task.WaitOptions)
)

// RemoveVolumeFromServer asks for the volume to be detached, unless it is not
// attached or already on its way. It does not wait. A server without the volume,
// or none at all, is success. A volume in an error state is a terminal error of type
// VolumeError if nova refuses: no later attempt would find it otherwise.
func (a *Activities) RemoveVolumeFromServer(ctx context.Context,
	in saga.Intent[AttachVolumeInput]) (Attachment, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Attachment, error) {
		there, err := FindAttachment(ctx, c, in.In)
		if err != nil || there == nil {
			return Attachment{ServerID: in.In.ServerID, VolumeID: in.In.VolumeID}, cloud.IgnoreGone(err)
		}
		v, err := cinder.Volumes.Get(ctx, c, in.In.VolumeID)
		if err != nil || v.Status == "detaching" {
			return *there, err
		}
		err = cloud.IgnoreGone(detachVolume(ctx, c, in.In))
		if cloud.ClassOf(err) == cloud.Conflict && strings.HasPrefix(v.Status, "error") {
			err = &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError,
				Message: fmt.Sprintf("%s; the volume is %s, and cinder detaches only what is in-use: \"openstack "+
					"volume set --state in-use %s\" is for an administrator", err, v.Status, v.ID)}
		}
		return *there, err
	})
}

// ReattachVolume makes sure that the volume is attached to the server, and returns
// when it is in use. A volume that is on its way from the server is waited for;
// nothing resets its state, as the server may still write to it
// (https://bugs.launchpad.net/nova/+bug/2019078). A server or volume that is
// absent is success: there is nothing to put back.
func (a *Activities) ReattachVolume(ctx context.Context, u saga.Undo[AttachVolumeInput, Attachment]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		begun, asked := time.Now(), 0
		return cloud.IgnoreGone(cinder.Volumes.Watch(ctx, c, u.In.VolumeID, func(v cinder.Volume) (bool, error) {
			task.Say(ctx, task.DescribeWait(u.In.words("put back", "to"), v.Status, begun))
			there, err := FindAttachment(ctx, c, u.In)
			switch {
			case err != nil:
				return false, err
			case there != nil && v.Status == "in-use":
				return true, nil
			case there == nil && v.Status == "available":
				if asked++; asked%cinder.StableLooks == 1 { // again when nova detached it
					err = attachVolume(ctx, c, u.In)
				}
			}
			if late := time.Since(begun) > c.Patience(); late && err == nil {
				err = &cloud.Error{Class: cloud.Conflict, Message: fmt.Sprintf("%s: the volume is still %s",
					u.In.words("put back", "to"), v.Status)}
			} else if !late && cloud.ClassOf(err) == cloud.Conflict {
				task.Say(ctx, err.Error())
				err = nil
			}
			return false, err
		}))
	})
}

// attachVolume asks nova for an attachment.
func attachVolume(ctx context.Context, c *cloud.Client, in AttachVolumeInput) error {
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	_, err = attachTo(post, c, in)
	return err
}

// WaitVolumeDetached waits until the volume is free of the server. A volume that is in
// use again is a terminal error of type VolumeError: nova reattaches a volume to a
// server that does not detach it. One that stays detaching is waited for.
func (a *Activities) WaitVolumeDetached(ctx context.Context, w AttachVolumeInput) (cinder.Volume, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (cinder.Volume, error) {
		var last cinder.Volume
		begun, inUse := time.Now(), 0
		err := cinder.Volumes.Watch(ctx, c, w.VolumeID, func(v cinder.Volume) (bool, error) {
			last = v
			name := resource.Describe(resource.KindVolume, v.Name, v.ID)
			task.Say(ctx, task.DescribeWait(name, v.Status, begun))
			if inUse++; v.Status != "in-use" {
				inUse = 0
			}
			if inUse == cinder.StableLooks && !freeOf(v, w.ServerID) {
				return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError,
					Message: fmt.Sprintf("%s is in use again: nova could not detach it from server %s; \"openstack "+
						"server event list\" says more", name, w.ServerID)}
			}
			return freeOf(v, w.ServerID), nil
		})
		return last, err
	})
}
