package glance

import (
	"net/http"

	"novaflow/internal/devcloud/api"
)

// beginUpload sets an image to saving before its data arrive, so that no other upload can
// begin.
func (c *Glance) beginUpload(q *api.Request) (any, error) {
	im, err := c.ownImage(q, noImage)
	switch {
	case err != nil:
		return nil, err
	case q.Header.Get("Content-Type") != "application/octet-stream":
		return nil, api.Fail(http.StatusUnsupportedMediaType,
			"The request media type %s is not supported by this server.", q.Header.Get("Content-Type"))
	case im.Status != "queued":
		return nil, api.Fail(http.StatusConflict, "Image status transition from %s to saving is not allowed", im.Status)
	case im.Disk == "" || im.Container == "":
		return nil, api.Fail(http.StatusBadRequest,
			"Properties disk_format, container_format must be set prior to saving data.")
	}
	if err := c.imageQuota(im.Project, "image_size_total", 0); err != nil {
		return nil, err
	}
	im.Status, im.Updated = "saving", q.Now
	c.Images.Put(im)
	return nil, nil
}

// endUpload stores the data. If the client has sent less than it announced, the image is
// queued again and can be uploaded from the start.
func (c *Glance) endUpload(q *api.Request) (any, error) {
	im, ok := c.Images.Get(q.PathValue("id"))
	if !ok || im.Deleted {
		return nil, api.Fail(http.StatusGone,
			"Image %s could not be found after upload. The image may have been deleted during the upload, cleaning "+
				"up the chunks uploaded.", q.PathValue("id"))
	}
	if q.Faulted("stuck") {
		return nil, api.Fail(http.StatusServiceUnavailable,
			"the process that served it has died") // the image stays saving
	}
	cut, large := q.Cut != nil || int64(len(q.Raw)) < q.ContentLength, len(q.Raw) >= api.MaxBody
	if cut || large {
		im.Status, im.Updated = "queued", q.Now
		c.Images.Put(im)
	}
	switch {
	case large:
		return nil, api.Fail(http.StatusRequestEntityTooLarge, "The provided image is too large.")
	case cut:
		return nil, api.Fail(http.StatusBadRequest, "Client disconnected before sending all data to backend")
	}
	data := q.Raw
	if q.Faulted("error") {
		data = append([]byte("broken"), data...)[:len(data)] // on the way, or on the disk
	}
	im.Fill(data, q.Now)
	c.Images.Put(im)
	return nil, nil
}
