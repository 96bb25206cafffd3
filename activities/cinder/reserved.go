package cinder

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/attachments"
	"github.com/gophercloud/gophercloud/v2/openstack/compute/v2/servers"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
)

// attachmentsVersion is the volume API in which attachments came.
const attachmentsVersion = "3.27"

// ReleaseReservation takes from a volume what it is attached to or reserved for, if
// that is a server which nova has no more, and reports whether there was any. Nova
// reserves a volume before it attaches it, and leaves that behind when it dies at the
// wrong moment; once the server is gone the volume is "reserved" for ever, and cinder
// does not delete it. The owner may delete such an attachment, and cinder asks nova
// itself whether it is needed still. Nothing else of a volume's state is ever set.
// https://docs.openstack.org/api-ref/block-storage/v3/#delete-attachment
// https://bugs.launchpad.net/nova/+bug/2019078
func ReleaseReservation(ctx context.Context, c *cloud.Client, v Volume) (bool, error) {
	return dropAttachments(ctx, c, v, func(a attachments.Attachment) (bool, error) {
		if a.Instance == "" {
			return false, nil
		}
		return serverIsGone(ctx, c, a.Instance)
	})
}

// serverIsGone reports whether nova has no server of an id any more.
func serverIsGone(ctx context.Context, c *cloud.Client, id string) (bool, error) {
	_, err := servers.Get(ctx, c.Compute, id).Extract()
	err = cloud.Nova.Op(cloud.Reading, "show "+resource.Describe(resource.KindServer, "", id)).Wrap(ctx, err)
	return cloud.ClassOf(err) == cloud.Gone, cloud.IgnoreGone(err)
}

// dropAttachments deletes those attachments of a volume that are idle, and reports
// whether there were any.
func dropAttachments(ctx context.Context, c *cloud.Client, v Volume,
	idle func(attachments.Attachment) (bool, error)) (dropped bool, err error) {
	versioned := *c.Volume
	versioned.Microversion = attachmentsVersion
	all, err := attachmentsOf(ctx, &versioned, v)
	for _, a := range all {
		drop, err := idle(a)
		if err != nil {
			return dropped, err
		}
		if !drop {
			continue
		}
		op := cloud.Cinder.Op(cloud.Deleting,
			fmt.Sprintf("take from %s the attachment (%s) to server %s, which nova does not have",
				resource.Describe(resource.KindVolume, v.Name, v.ID), a.Status, a.Instance))
		if err := cloud.IgnoreGone(op.Wrap(ctx, attachments.Delete(ctx, &versioned, a.ID).ExtractErr())); err != nil {
			return dropped, err
		}
		resource.Log(ctx, "took an attachment away that nova does not have", v.Object())
		dropped = true
	}
	return dropped, err
}

// attachmentsOf lists the attachments of a volume. A cloud whose API has no attachments
// has none.
func attachmentsOf(ctx context.Context, versioned *gophercloud.ServiceClient,
	v Volume) ([]attachments.Attachment, error) {
	op := cloud.Cinder.Op(cloud.Reading, "list the attachments of "+resource.Describe(resource.KindVolume, v.Name,
		v.ID))
	pages, err := attachments.List(versioned, attachments.ListOpts{VolumeID: v.ID}).AllPages(ctx)
	if err := op.Wrap(ctx, err); err != nil {
		return nil, cloud.IgnoreGone(err)
	}
	all, err := attachments.ExtractAttachments(pages)
	var of []attachments.Attachment
	for _, a := range all {
		if a.VolumeID == v.ID {
			of = append(of, a)
		}
	}
	return of, op.Wrap(ctx, err)
}
