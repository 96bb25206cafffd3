package image_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"novaflow/workflows/image"
	"novaflow/workflows/spec"
)

var onDevcloud = spec.RunOptions{Cloud: "devcloud"}

func TestBadRequestsForImagesAreRefusedAllAtOnce(t *testing.T) {
	for _, c := range []struct {
		req   spec.Spec
		words []string
	}{
		{image.PublishSpec{},
			[]string{"cloud: missing", "name: missing", "file, url: give one", "disk format: missing"}},
		{image.PublishSpec{RunOptions: onDevcloud, Name: "a\nb", File: "../secret", URL: "http://host/x",
			DiskFormat: "raw"}, []string{"printable", "file, url: give one"}},
		{image.PublishSpec{RunOptions: onDevcloud, Name: "a", File: "/etc/passwd", DiskFormat: "raw",
			Checksum: "sha256:12", MinDisk: -1, MinRAM: -1, Visibility: "secret"},
			[]string{"is no path below", "is no sha256", "min disk: -1", "min ram: -1", `visibility: "secret"`}},
		{image.PublishSpec{RunOptions: onDevcloud, Name: "a", URL: "https://me:pw@host/x", DiskFormat: "raw",
			Checksum: "crc:1", Visibility: "public", Members: []string{"p", "p", ""},
			Properties: map[string]string{"": "v", "os_hash_value": "0", "os_glance_x": "y", "novaflow_mark": "m"}},
			[]string{"user's name or password", "does not begin with md5", "members: only an image that is shared",
				`"p" is there twice`, "member 2: missing",
				"the name must have", `"os_hash_value": glance keeps`, `"os_glance_x": glance keeps`,
				`"novaflow_mark": novaflow keeps`}},
		{image.DeleteSpec{RunOptions: spec.RunOptions{Cloud: "c", OnFailure: "hold"}},
			[]string{"image: missing", "on failure"}},
	} {
		err := c.req.Validate()
		require.Error(t, err, "%+v", c.req)
		for _, w := range c.words {
			require.ErrorContains(t, err, w)
		}
		require.NotContains(t, err.Error(), ":pw@", "a password must not be repeated")
	}
	require.NoError(t, image.Publish.Example.Validate())
}
