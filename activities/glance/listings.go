package glance

import (
	"context"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/precheck"
	"novaflow/activities/internal/resource"
)

type VisibleImage struct {
	ID, Name, Status      string
	MinDiskGiB, MinRAMMiB int
	Bytes                 int64 // of its contents on a disk
}

func (i VisibleImage) SizeGiB() int { return int((i.Bytes + 1<<30 - 1) >> 30) }

// FindVisibleImages finds images by id or name. Only if there is none does it list
// all, to say what exists.
func FindVisibleImages(ctx context.Context, c *cloud.Client, nameOrID string) ([]VisibleImage, error) {
	if resource.LooksLikeID(nameOrID) {
		i, err := images.Get(ctx, c.Image, nameOrID).Extract()
		if err == nil {
			return []VisibleImage{toImage(*i)}, nil
		}
		if err = cloud.Glance.Op(cloud.Reading, "show image "+nameOrID).
			Wrap(ctx, err); cloud.ClassOf(err) != cloud.Gone {
			return nil, err
		}
	}
	found, err := listVisibleImages(ctx, c, images.ListOpts{Name: nameOrID})
	if err != nil || len(found) > 0 {
		return found, err
	}
	return listVisibleImages(ctx, c, images.ListOpts{})
}

func listVisibleImages(ctx context.Context, c *cloud.Client, o images.ListOpts) ([]VisibleImage, error) {
	op := cloud.Glance.Op(cloud.Listing, "list images")
	pages, err := images.List(c.Image, o).AllPages(ctx)
	if err != nil {
		return nil, op.Wrap(ctx, err)
	}
	all, err := images.ExtractImages(pages)
	var out []VisibleImage
	for _, i := range all {
		out = append(out, toImage(i))
	}
	return out, op.Wrap(ctx, err)
}

func toImage(i images.Image) VisibleImage {
	return VisibleImage{ID: i.ID, Name: i.Name, Status: string(i.Status), MinDiskGiB: i.MinDiskGigabytes,
		MinRAMMiB: i.MinRAMMegabytes, Bytes: max(i.SizeBytes, i.VirtualSize)}
}

// ListImageNames lists the names of the images of a cloud.
func ListImageNames(ctx context.Context, clouds *cloud.Clouds, name string) ([]string, error) {
	return cloud.Using(ctx, clouds, name, func(ctx context.Context, c *cloud.Client) ([]string, error) {
		all, err := listVisibleImages(ctx, c, images.ListOpts{})
		return precheck.NamesOf(all, func(i VisibleImage) (string, string) { return i.ID, i.Name }), err
	})
}

// ListImages lists the images of the project, with and without marks of their
// own.
func ListImages(ctx context.Context, clouds *cloud.Clouds, name string) ([]Image, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := listOwnImages(ctx, opened, imagesWith{owner: opened.Project})
	return all, cloud.Glance.Op(cloud.Listing, "list images").Wrap(ctx, err)
}

// FindImages finds images of the project by id or exact name, with and without
// marks of their own.
func FindImages(ctx context.Context, clouds *cloud.Clouds, name, nameOrID string) ([]Image, error) {
	opened, err := clouds.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return FindOwnImages(ctx, opened, nameOrID)
}
