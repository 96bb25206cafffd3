package cinder

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// The actions that change a volume for good.
var (
	ExtendVolumeAction = saga.Do((*Activities)(nil).ExtendVolume).NoUndo("cinder cannot shrink a volume").
				With(task.SubmitOptions)
	WaitExtendedAction = saga.Read((*Activities)(nil).WaitExtended).With(task.WaitOptions)
	RevertVolumeAction = saga.Do((*Activities)(nil).RevertVolume).
				NoUndo("what was written since the snapshot is gone").With(task.SubmitOptions)
)

// ExtendVolumeInput says how large a volume is to be.
type ExtendVolumeInput struct {
	Cloud    string `json:"cloud"`
	VolumeID string `json:"volumeId"`
	Name     string `json:"name,omitempty"` // for messages
	SizeGiB  int    `json:"sizeGib"`
}

// RevertVolumeInput says to which snapshot, its latest, a volume goes back.
type RevertVolumeInput struct {
	Cloud      string `json:"cloud"`
	VolumeID   string `json:"volumeId"`
	SnapshotID string `json:"snapshotId"`
}

// Versions of the volume API that the actions need
// (https://docs.openstack.org/cinder/latest/contributor/api_microversion_history.html).
const (
	revertVersion      = "3.40" // revert to a snapshot
	extendInUseVersion = "3.42" // extend a volume that is attached
)

// ExtendVolume asks for the volume to be extended, unless it is that large or on
// its way to it: the run has the lock of the volume, so nobody else extends it. A
// volume that is in use needs a cloud with volume API 3.42.
func (a *Activities) ExtendVolume(ctx context.Context, in saga.Intent[ExtendVolumeInput]) (Volume, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Volume, error) {
		volume, err := Volumes.Get(ctx, c, in.In.VolumeID)
		if err != nil || volume.SizeGiB >= in.In.SizeGiB || volume.Status == "extending" {
			return volume, err
		}
		version := ""
		if volume.Status == "in-use" {
			version = extendInUseVersion
		}
		what := fmt.Sprintf("extend %s from %d to %d GiB", resource.Describe(resource.KindVolume, volume.Name,
			volume.ID), volume.SizeGiB, in.In.SizeGiB)
		return volume, actOnVolume(ctx, c, what, volume.ID, version,
			map[string]any{"os-extend": map[string]any{"new_size": in.In.SizeGiB}})
	})
}

// RevertVolume asks for the volume to go back to its latest snapshot, unless it is
// doing so. Where that is repeated it comes to the same. Cinder refuses it for a
// volume that is attached, was extended since, or has a later snapshot.
func (a *Activities) RevertVolume(ctx context.Context, in saga.Intent[RevertVolumeInput]) (Volume, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Volume, error) {
		volume, err := Volumes.Get(ctx, c, in.In.VolumeID)
		if err != nil || volume.Status == "reverting" {
			return volume, err
		}
		what := fmt.Sprintf("revert %s to snapshot %s", resource.Describe(resource.KindVolume, volume.Name, volume.ID),
			in.In.SnapshotID)
		return volume, actOnVolume(ctx, c, what, volume.ID, revertVersion,
			map[string]any{"revert": map[string]any{"snapshot_id": in.In.SnapshotID}})
	})
}

// actOnVolume asks for an action on a volume, in a version of the API, "" for any.
func actOnVolume(ctx context.Context, c *cloud.Client, what, id, version string, action any) error {
	post, cancel, err := task.Uninterrupted(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	o := &gophercloud.RequestOpts{OkCodes: []int{202}}
	if version != "" {
		o.MoreHeaders = map[string]string{"OpenStack-API-Version": "volume " + version}
	}
	answer, err := c.Volume.Post(post, c.Volume.ServiceURL("volumes", id, "action"), action, nil, o)
	if err == nil {
		return answer.Body.Close()
	}
	return cloud.Cinder.Op(cloud.Changing, what).Wrap(ctx, err)
}

// WaitExtended waits until the volume has the size. A status that begins with
// error is a terminal error of type VolumeError with cinder's words, and so is a
// volume that is usable again and has not grown.
func (a *Activities) WaitExtended(ctx context.Context, w ExtendVolumeInput) (Volume, error) {
	return task.Forward(ctx, a.Clouds, w.Cloud, func(ctx context.Context, c *cloud.Client) (Volume, error) {
		var last Volume
		name, begun, usable := resource.Describe(resource.KindVolume, w.Name, w.VolumeID), time.Now(), 0
		err := Volumes.Watch(ctx, c, w.VolumeID, func(v Volume) (bool, error) {
			last = v
			task.Say(ctx, task.DescribeWait(name, fmt.Sprintf("%s, %d GiB", v.Status, v.SizeGiB), begun))
			if strings.HasPrefix(v.Status, "error") {
				return false, volumeFailed(ctx, c, name, v)
			}
			if usable++; v.Status != "available" && v.Status != "in-use" {
				usable = 0
			}
			if usable == StableLooks && v.SizeGiB < w.SizeGiB {
				return false, &cloud.Error{Class: cloud.Terminal, Type: cloud.VolumeError,
					Message: fmt.Sprintf("%s is %s again with %d GiB: cinder could not extend it to %d", name,
						v.Status, v.SizeGiB, w.SizeGiB)}
			}
			return usable > 0 && v.SizeGiB >= w.SizeGiB, nil
		})
		return last, err
	})
}
