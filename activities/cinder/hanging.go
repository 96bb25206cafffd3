package cinder

import (
	"context"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/attachments"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// RepairDetachment deletes what a nova that died in the middle of an attachment or a
// detachment has left behind, and reports whether there was anything:
//   - a volume that cinder calls "reserved" for a server on which nova lists no such
//     volume: the reservation is released. It was never connected.
//   - a volume that cinder calls "detaching" and that nova still lists: cinder refuses to
//     begin again until the first attempt is rolled back. Only that word changes, the
//     volume stays connected, and nova is asked to detach it once more.
//
// Both are for a volume's owner to do, and no state is set that a server could suffer
// from.
// https://docs.openstack.org/api-ref/block-storage/v3/#delete-attachment
// https://docs.openstack.org/cinder/latest/configuration/block-storage/policy.html
// (volume_actions:roll_detaching)
// https://bugs.launchpad.net/nova/+bug/2019078
func RepairDetachment(ctx context.Context, c *cloud.Client, server string, v Volume, absent bool) (bool, error) {
	switch {
	case absent && v.Status == "reserved":
		return dropAttachments(ctx, c, v, func(a attachments.Attachment) (bool, error) {
			return a.Status == "reserved" && a.Instance == server, nil
		})
	case !absent && v.Status == "detaching":
		resource.Log(ctx, "rolled back a detachment that does not end", v.Object())
		return true, rollBackDetaching(ctx, c, v)
	}
	return false, nil
}

// rollBackDetaching sets a volume that is detaching back to in-use. A volume in any other
// state stays as it is.
func rollBackDetaching(ctx context.Context, c *cloud.Client, v Volume) error {
	//nolint:bodyclose // gophercloud closes what it decodes
	_, err := c.Volume.Post(ctx, c.Volume.ServiceURL("volumes", v.ID, "action"),
		map[string]any{"os-roll_detaching": nil}, nil,
		&gophercloud.RequestOpts{OkCodes: []int{http.StatusAccepted}})
	return cloud.Cinder.Op(cloud.Changing, "roll back the detachment of "+resource.Describe(resource.KindVolume,
		v.Name, v.ID)).Wrap(ctx, err)
}
