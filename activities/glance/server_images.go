package glance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/saga"
)

// Nova writes the mark into the image's properties, and the image's name into the
// names of the snapshots that it creates of a server's volumes. It keeps no other
// record of these: where it fails half way, or its answer is lost, they are left
// without anything that says whose they are. So an image is asked for under a name
// that has the mark in it, gets its own name once it is there, and the snapshots
// keep theirs.

// WorkingName returns the name under which nova creates the image.
func WorkingName(name string, m saga.Mark) string {
	const longest = 255 - len("snapshot for ") - len(" ()")
	for len(name) > longest-len(m.Digest()) { // glance and cinder count characters, this counts bytes
		name = name[:len(name)-1]
	}
	return fmt.Sprintf("%s (%s)", strings.ToValidUTF8(name, ""), m.Digest())
}

// madeAs reports whether nova has called something by the working name of the mark.
func madeAs(name string, m saga.Mark) bool { return strings.HasSuffix(name, "("+m.Digest()+")") }

// ServerImage is an image of a server. Its volumes are in the snapshots.
type ServerImage struct {
	resource.OwnedObject
	Snapshots []string `json:"snapshots,omitempty"` // ids, in cinder
}

// Its property carries the mark.
var ServerImages = resource.Kind[ServerImage]{
	Name: resource.KindImage, Service: cloud.Glance,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]ServerImage, error) {
		pages, err := images.List(c.Image, imagesWith{mark: m, owner: c.Project}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := images.ExtractImages(pages)
		out := make([]ServerImage, 0, len(all))
		for _, im := range all {
			out = append(out, ToServerImage(c, &im))
		}
		return resource.KeepMarked(m, out), err
	},
	Show: func(ctx context.Context, c *cloud.Client, id string) (ServerImage, error) {
		im, err := images.Get(ctx, c.Image, id).Extract()
		return ToServerImage(c, im), err
	},
	Delete: func(ctx context.Context, c *cloud.Client, v ServerImage) error {
		return images.Delete(ctx, c.Image, v.ID).ExtractErr()
	},
}

// imagesWith lists the images that have the mark as a property, which gophercloud
// has no option for.
type imagesWith struct {
	mark   saga.Mark
	owner  string
	hidden bool // those that lists do not show unless they are asked for
}

// ToImageListQuery implements images.ListOptsBuilder.
func (o imagesWith) ToImageListQuery() (string, error) {
	q := url.Values{"owner": {o.owner}}
	if o.mark != "" {
		q.Set(resource.MarkKey, string(o.mark))
	}
	if o.hidden {
		q.Set("os_hidden", "true")
	}
	return "?" + q.Encode(), nil
}

func ToServerImage(c *cloud.Client, im *images.Image) ServerImage {
	if im == nil {
		return ServerImage{}
	}
	out := ServerImage{OwnedObject: resource.OwnedObject{Cloud: c.Name, Kind: resource.KindImage, ID: im.ID,
		Name: im.Name, Status: string(im.Status), Mark: ownMark(im), Created: im.CreatedAt, Project: im.Owner}}
	var mapping []struct {
		SnapshotID string `json:"snapshot_id"`
	}
	if text, ok := im.Properties["block_device_mapping"].(string); ok && json.Unmarshal([]byte(text), &mapping) == nil {
		for _, m := range mapping {
			if m.SnapshotID != "" {
				out.Snapshots = append(out.Snapshots, m.SnapshotID)
			}
		}
	}
	return out
}

// SelfKey is the property by which a named image says that its mark is its own.
const SelfKey = "novaflow_image"

// ownMark returns the mark of an image, or "" if the mark was copied from another image.
// Nova copies the properties of an image into the images of all servers that were
// created from it (nova.compute.utils.initialize_instance_snapshot_metadata), the mark
// among them. So a mark counts only with the working name, or with the image's own id
// beside it.
func ownMark(im *images.Image) saga.Mark {
	text, _ := im.Properties[resource.MarkKey].(string)
	m := resource.ParseMark(text)
	if m == "" || im.Properties[SelfKey] == im.ID || madeAs(im.Name, m) {
		return m
	}
	return ""
}
