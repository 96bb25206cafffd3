package cinder

import (
	"context"
	"fmt"
	"strings"
	"time"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// WaitVolumeAction waits for a volume.
var WaitVolumeAction = saga.Read((*Activities)(nil).WaitVolume).With(task.WaitOptions)

// VolumeWait says which volume to wait for.
type VolumeWait struct {
	Cloud  string `json:"cloud"`
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"` // for messages
	Status string `json:"status"`         // available or in-use
}

// StableLooks is how many looks in a row must find a volume available again before
// its attachment is taken for failed.
const StableLooks = 3

// WaitVolume waits until the volume has the status. In-use is as good as
// available: a run that was reset waits again for a volume that it has attached
// since. A status that begins with
// error is a terminal error of type VolumeError with cinder's words, and so is
// available where in-use is waited for: nova reserves a volume before it accepts
// to attach it, and releases it when it fails.
func (a *Activities) WaitVolume(ctx context.Context, w VolumeWait) (Volume, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (Volume, error) {
		var last Volume
		name, begun, free := resource.Describe(resource.KindVolume, w.Name, w.ID), time.Now(), 0
		err := Volumes.Watch(ctx, c, w.ID, func(v Volume) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(name, v.Status, begun))
			if strings.HasPrefix(v.Status, "error") {
				return false, volumeFailed(ctx, c, name, v)
			}
			if free++; v.Status != "available" {
				free = 0
			}
			if w.Status == "in-use" && free == StableLooks {
				return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError, Message: name +
					" is available again: nova could not attach it; \"openstack server event list\" says more"}
			}
			return v.Status == w.Status || v.Status == "in-use" && w.Status == "available", nil
		})
		return last, err
	})
}

func volumeFailed(ctx context.Context, c *cloud.Client, name string, v Volume) error {
	return cinderFailed(ctx, c, name, v.OwnedObject)
}

// cinderFailed returns the error for a volume or a snapshot in an error state, with
// cinder's explanation.
func cinderFailed(ctx context.Context, c *cloud.Client, name string, o resource.OwnedObject) error {
	message := fmt.Sprintf("%s reached status %s", name, o.Status)
	if words := volumeMessages(ctx, c, o.ID); words != "" {
		message += ": cinder: " + cloud.Shorten(words)
	}
	return &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError, Message: message}
}
