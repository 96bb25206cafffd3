package devcloud_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/imagedata"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/stretchr/testify/require"

	"novaflow/internal/devcloud"
)

const imageID = "dddddddd-0000-4000-8000-000000000001"

func TestImageIDIsNeverGivenTwice(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	o := images.CreateOpts{ID: imageID, Name: "mine", DiskFormat: "raw", ContainerFormat: "bare",
		Properties: map[string]string{"mark": "m"}, Tags: []string{"t"}}
	im, err := images.Create(k.ctx, k.im, o).Extract()
	require.NoError(t, err)
	require.Equal(t, images.ImageStatusQueued, im.Status)
	_, err = images.Create(k.ctx, k.im, o).Extract()
	k.status(http.StatusConflict, err)
	require.NoError(t, imagedata.Upload(k.ctx, k.im, imageID, strings.NewReader("data")).ExtractErr())
	k.status(http.StatusConflict, imagedata.Upload(k.ctx, k.im, imageID, strings.NewReader("data")).ExtractErr())
	r, err := imagedata.Download(k.ctx, k.im, imageID).Extract()
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "data", string(data))
	im, err = images.Update(k.ctx, k.im, imageID, images.UpdateOpts{images.ReplaceImageName{NewName: "new"}}).Extract()
	require.NoError(t, err)
	require.Equal(t, "new", im.Name)
	require.Equal(t, "m", im.Properties["mark"])
	_, err = images.Get(k.ctx, connect(t, c, "devcloud-other").im, imageID).Extract()
	k.status(http.StatusNotFound, err)
	require.NoError(t, images.Delete(k.ctx, k.im, imageID).ExtractErr())
	k.status(http.StatusNotFound, images.Delete(k.ctx, k.im, imageID).ExtractErr())
	require.Zero(t, count(c, "image", "new"))
	_, err = images.Create(k.ctx, k.im, o).Extract()
	k.status(http.StatusConflict, err)
}

func TestImageTraps(t *testing.T) {
	c := start(t, devcloud.Options{})
	k := connect(t, c, "devcloud")
	list := func(o images.ListOpts) []images.Image {
		all, err := images.List(k.im, o).AllPages(k.ctx)
		require.NoError(t, err)
		found, err := images.ExtractImages(all)
		require.NoError(t, err)
		return found
	}
	require.Len(t, list(images.ListOpts{Name: "tiny"}), 1, "exactly the name, and not another project's")
	require.Len(t, list(images.ListOpts{Name: "twin"}), 2)
	require.Len(t, list(images.ListOpts{Name: "t[i]ny"}), 1)
	require.Len(t, list(images.ListOpts{Limit: 2, Status: images.ImageStatusActive}), 6, "all pages together")
	k.status(http.StatusForbidden, images.Delete(k.ctx, k.im, k.imageID("tiny")).ExtractErr())
}
