package glance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"

	"novaflow/activities/internal/cloud"
	"novaflow/activities/internal/resource"
	"novaflow/activities/internal/task"
	"novaflow/saga"
)

// Activities has the activities for images.
type Activities struct{ Clouds *cloud.Clouds }

// The actions that create an image without data, and that remove one that a run of
// the past created.
var (
	ImageAction = saga.Do((*Activities)(nil).CreateImage).UndoneBy((*Activities)(nil).DeleteImage).
			With(task.SubmitOptions).UndoWith(task.DeleteOptions)
	RemoveImageAction = saga.Do((*Activities)(nil).RemoveImage).NoUndo(resource.NoWayBack).With(task.DeleteOptions)
)

// Image is an image as glance has it.
type Image struct {
	ServerImage
	Project    string `json:"project"` // id of its owner
	Visibility string `json:"visibility"`
	Protected  bool   `json:"protected,omitempty"`
	SizeBytes  int64  `json:"sizeBytes,omitempty"` // 0 until it is active
	Checksum   string `json:"checksum,omitempty"`  // MD5; "" where glance has none
	HashAlgo   string `json:"hashAlgo,omitempty"`  // such as sha512
	Hash       string `json:"hash,omitempty"`      // hexadecimal
}

// CreateImageInput says what image to create. Nobody else sees it in a list until it
// is published: it is private, or it is public and hidden.
type CreateImageInput struct {
	Cloud           string            `json:"cloud"`
	Name            string            `json:"name"`
	DiskFormat      string            `json:"diskFormat"`
	ContainerFormat string            `json:"containerFormat"`
	MinDiskGiB      int               `json:"minDiskGib,omitempty"` // disk that a flavor must have
	MinRAMMiB       int               `json:"minRamMib,omitempty"`  // memory that a flavor must have
	Public          bool              `json:"public,omitempty"`     // it will be: whether it may be is seen at once
	Properties      map[string]string `json:"properties,omitempty"`
}

// Its properties carry the mark, and beside it its own id: see ownMark.
var Images = resource.Kind[Image]{
	Name: resource.KindImage, Service: cloud.Glance,
	List: func(ctx context.Context, c *cloud.Client, m saga.Mark) ([]Image, error) {
		all, err := listOwnImages(ctx, c, imagesWith{mark: m, owner: c.Project})
		if found := resource.KeepMarked(m, all); err != nil || len(found) > 0 || m == "" {
			return found, err
		}
		one, err := getImage(ctx, c, ImageID(m, 0)) // the list may lag behind
		if err != nil || one.Mark != m {
			return nil, ignoreAbsent(ctx, err)
		}
		return []Image{one}, nil
	},
	Show:   getImage,
	Delete: removeImage,
}

// ignoreAbsent returns nil for an error that says that the image is absent.
func ignoreAbsent(ctx context.Context, err error) error {
	return cloud.IgnoreGone(cloud.Glance.Op(cloud.Reading, "show an image").Wrap(ctx, err))
}

func getImage(ctx context.Context, c *cloud.Client, id string) (Image, error) {
	im, err := images.Get(ctx, c.Image, id).Extract()
	return asImage(c, im), err
}

// removeImage deletes an image. Before that it deletes the snapshots of volumes that nova
// has created for the image, and removes the protection of a protected image.
func removeImage(ctx context.Context, c *cloud.Client, v Image) error {
	if len(v.Snapshots) > 0 {
		if err := DropSnapshots(ctx, c, v.Mark, v.Snapshots); err != nil {
			return err
		}
	}
	if v.Protected {
		if _, err := images.Update(ctx, c.Image, v.ID,
			images.UpdateOpts{images.ReplaceImageProtected{NewProtected: false}}).Extract(); err != nil {
			return err
		}
	}
	return images.Delete(ctx, c.Image, v.ID).ExtractErr()
}

// listOwnImages lists images, those that are hidden from the lists of others too.
func listOwnImages(ctx context.Context, c *cloud.Client, o imagesWith) (out []Image, err error) {
	for _, o.hidden = range []bool{false, true} {
		pages, err := images.List(c.Image, o).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		all, err := images.ExtractImages(pages)
		if err != nil {
			return nil, err
		}
		for _, im := range all {
			// what does not know the filter has all twice
			if !slices.ContainsFunc(out, func(known Image) bool { return known.ID == im.ID }) {
				out = append(out, asImage(c, &im))
			}
		}
	}
	return out, nil
}

func asImage(c *cloud.Client, im *images.Image) Image {
	if im == nil {
		return Image{}
	}
	text := func(key string) string { s, _ := im.Properties[key].(string); return s }
	return Image{
		ServerImage: ToServerImage(c, im), Project: im.Owner, Visibility: string(im.Visibility),
		Protected: im.Protected, SizeBytes: im.SizeBytes,
		Checksum: im.Checksum, HashAlgo: text("os_hash_algo"), Hash: text("os_hash_value"),
	}
}

// imageIDs is the name space of the ids that we choose (RFC 9562, section 6.6).
var imageIDs = uuid.MustParse("6f1d9a1e-3c52-5f0b-9b1f-5d9d4f0e7a11")

// ImageID returns the n-th id that an image of a mark may get. Glance gives an id out
// only once, so a later image of the same mark gets the next one.
func ImageID(m saga.Mark, n int) string {
	return uuid.NewSHA1(imageIDs, []byte(string(m)+" "+strconv.Itoa(n))).String()
}

// CreateImage creates an image without data under an id that follows from the mark,
// or adopts the one with the mark.
func (a *Activities) CreateImage(ctx context.Context, in saga.Intent[CreateImageInput]) (Image, error) {
	return task.Forward(ctx, a.Clouds, in.In.Cloud, func(ctx context.Context, c *cloud.Client) (Image, error) {
		what := fmt.Sprintf("create image %q", in.In.Name)
		return Images.Ensure(ctx, c, what, in.Mark, func(ctx context.Context) (Image, error) {
			return createImage(ctx, c, in.In, in.Mark)
		})
	})
}

// mostIDs is how many ids of a mark may be used up: one more each time that a run
// that was reverted is reset.
const mostIDs = 100

// createImage tries one id after the other: glance gives none out twice, not even
// when its image is long gone.
func createImage(ctx context.Context, c *cloud.Client, in CreateImageInput, m saga.Mark) (Image, error) {
	for n := range mostIDs {
		created, err := images.Create(ctx, c.Image, imageOptions(in, m, ImageID(m, n))).Extract()
		if !gophercloud.ResponseCodeIs(err, http.StatusConflict) {
			return asImage(c, created), err
		}
		there, err := resource.LookAgain(ctx, c, func() ([]Image, error) {
			v, err := Images.Get(ctx, c, ImageID(m, n))
			if err != nil {
				return nil, cloud.IgnoreGone(err)
			}
			return []Image{v}, nil
		})
		if err != nil {
			return Image{}, err
		}
		if len(there) > 0 && there[0].Mark == m {
			return there[0], nil
		}
	}
	return Image{}, &cloud.Error{Class: cloud.Terminal,
		Message: fmt.Sprintf("create image %q: %d ids are in use already: ask for it in a new run", in.Name, mostIDs)}
}

func imageOptions(in CreateImageInput, m saga.Mark, id string) images.CreateOpts {
	properties := map[string]string{}
	maps.Copy(properties, in.Properties)
	maps.Copy(properties, resource.MarkMetadata(m))
	properties[SelfKey] = id
	visibility, unprotected := images.ImageVisibilityPrivate, false
	o := images.CreateOpts{
		ID: id, Name: in.Name, DiskFormat: in.DiskFormat, ContainerFormat: in.ContainerFormat, Visibility: &visibility,
		Protected: &unprotected,
		MinDisk:   in.MinDiskGiB, MinRAM: in.MinRAMMiB, Properties: properties,
	}
	if in.Public {
		visibility, o.Hidden = images.ImageVisibilityPublic, &in.Public
	}
	return o
}

// DeleteImage makes sure that the image is absent, also one that is being uploaded.
func (a *Activities) DeleteImage(ctx context.Context, u saga.Undo[CreateImageInput, Image]) error {
	return task.Backward(ctx, a.Clouds, u.In.Cloud, func(ctx context.Context, c *cloud.Client) error {
		return Images.DeleteMarked(ctx, c, resource.IDOf(u.Out), u.Mark)
	})
}

// RemoveImage removes an image that still carries the mark of the object, and waits
// until it is gone.
func (a *Activities) RemoveImage(ctx context.Context, in saga.Intent[resource.OwnedObject]) (resource.Removed, error) {
	return resource.Remove(ctx, a.Clouds, Images, in.In)
}
