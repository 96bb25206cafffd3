package activities

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/blockstorage/v3/attachments"
)

// attachmentsVersion is the volume API in which attachments came.
const attachmentsVersion = "3.27"

// giveBack gives back what a volume is reserved for, if that is a server which nova
// has no more, and reports whether there was any. Nova reserves a volume before it
// attaches it, and leaves that behind when it dies at the wrong moment; once the
// server is gone the volume is "reserved" for ever, and cinder does not delete it.
// The owner may delete such a reservation, and cinder asks nova itself whether it is
// needed still. Nothing else of a volume's state is ever set.
// https://docs.openstack.org/api-ref/block-storage/v3/#delete-attachment
// https://bugs.launchpad.net/nova/+bug/2019078
func giveBack(ctx context.Context, c *client, v Volume) (released bool, err error) {
	if v.Status != "reserved" {
		return false, nil
	}
	versioned := *c.volume
	versioned.Microversion = attachmentsVersion
	all, err := reservations(ctx, &versioned, v)
	for _, a := range all {
		if _, err := serverResource.fetch(ctx, c, a.Instance); classOf(err) != Gone {
			return released, err // it is there, or nobody knows
		}
		op := Op{Cinder, Deleting, fmt.Sprintf("give back what volume %q (%s) is reserved for, server %s, which is gone", v.Name, v.ID, a.Instance)}
		if err := goneIsFine(op.wrap(ctx, attachments.Delete(ctx, &versioned, a.ID).ExtractErr())); err != nil {
			return released, err
		}
		log(ctx, "gave back what a server that is gone had reserved", v.object())
		released = true
	}
	return released, err
}

// reservations are those of a volume. A cloud whose API has no attachments has none.
func reservations(ctx context.Context, versioned *gophercloud.ServiceClient, v Volume) ([]attachments.Attachment, error) {
	op := Op{Cinder, Reading, fmt.Sprintf("list what volume %q (%s) is reserved for", v.Name, v.ID)}
	pages, err := attachments.List(versioned, attachments.ListOpts{VolumeID: v.ID}).AllPages(ctx)
	if err := op.wrap(ctx, err); err != nil {
		return nil, goneIsFine(err)
	}
	all, err := attachments.ExtractAttachments(pages)
	var of []attachments.Attachment
	for _, a := range all {
		if a.VolumeID == v.ID && a.Status == "reserved" && a.Instance != "" {
			of = append(of, a)
		}
	}
	return of, op.wrap(ctx, err)
}
