package glance

import (
	"net/http"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// imageResources are the limits for images in keystone. Sizes are in MiB.
var imageResources = []string{"image_size_total", "image_count_total"}

// imageUsage shows the limits and the use of the project. Like a glance that does not use
// keystone's limits, it shows nothing if there are none.
func (c *Glance) imageUsage(q *api.Request) (any, error) {
	usage := obj{}
	for _, r := range imageResources {
		if n := c.Limit(q.Token.Project, r); n >= 0 {
			usage[r] = obj{"limit": n, "usage": c.imagesUsed(q.Token.Project, r)}
		}
	}
	return obj{"usage": usage}, nil
}

// imagesUsed counts what the project uses of a limit for images.
func (c *Glance) imagesUsed(project, resource string) (used int) {
	var bytes int64
	c.Images.Each(func(_ string, it store.Object) {
		im := it.(*Image)
		if im.Project == project && !im.Deleted {
			used++
			bytes += im.Size
		}
	})
	if resource == "image_size_total" {
		return int(bytes >> 20)
	}
	return used
}

// imageQuota refuses more if the quota does not allow it. Glance does not know how long
// an image will be, so one upload may exceed the total size.
func (c *Glance) imageQuota(project, resource string, more int) error {
	if used := c.imagesUsed(project, resource); c.Exceeds(project, resource, used, more) {
		return api.Fail(http.StatusRequestEntityTooLarge,
			"Request exceeds quota: Project %s is over a limit for [Resource %s is over limit of %d due to current "+
				"usage %d and delta %d]",
			project, resource, c.Limit(project, resource), used, more)
	}
	return nil
}
