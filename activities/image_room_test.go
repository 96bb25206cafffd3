package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/activities/glance"
	"novaflow/activities/internal/cloud"
	"novaflow/internal/devcloud"
)

// A quota of images that is used up was found out by glance, after the image was there.
func TestAFullQuotaOfImagesIsToldBeforeTheFirstEffect(t *testing.T) {
	w := newDevcloud(t, devcloud.Options{}).fresh(t)
	content := w.imageFile(t, 3<<20)
	quota := func(count, mib int) {
		require.NoError(t, w.dev.Configure(func(s *devcloud.Settings) {
			s.Quotas = map[string]int{"image_count_total": count, "image_size_total": mib}
		}))
	}
	check := func() error {
		_, err := call(t, w, (*glance.Activities)(nil).CheckImage,
			glance.ImageQuery{Cloud: w.cloud, Run: w.run, Name: w.run + "-2",
				From: glance.ImageSource{File: "disk.raw"}, DiskFormat: "raw", ContainerFormat: "bare"})
		return err
	}
	quota(1, 2)
	require.NoError(t, check(), "glance does not know how long it will be")
	im := must(t, w, "image", (*glance.Activities)(nil).CreateImage, w.image())
	must(t, w, "upload", (*glance.Activities)(nil).UploadImage, w.upload(im, len(content)))
	message := application(t, check()).Message()
	require.Contains(t, message, "glance quota exceeded for image_count_total: 1 more needed, 1 of 1 used")
	require.Contains(t, message, "glance quota exceeded for image_size_total: 4 more needed, 3 of 2 used")
	_, err := do(t, w, "other", (*glance.Activities)(nil).CreateImage, w.image())
	require.Equal(t, string(cloud.Quota), application(t, err).Type(), "glance refuses it too")
	quota(2, 3)
	require.NoError(t, check())
	undo(t, w, "image", (*glance.Activities)(nil).DeleteImage, w.image(), &im)
}
