package devcloud

import (
	"bytes"
	"crypto/md5"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

func (c *Glance) createImage(q *request) (any, error) {
	var raw map[string]json.RawMessage
	if err := q.decode(&raw); err != nil {
		return nil, err
	}
	im := &image{meta: meta{ID: uuid.NewString(), Project: q.tok.Project, Status: "queued", Created: q.now, Updated: q.now}, Visibility: "shared"}
	for k, v := range raw {
		if err := im.set(k, v, true); err != nil {
			return nil, err
		}
	}
	if _, err := uuid.Parse(im.ID); err != nil {
		return nil, fail(http.StatusBadRequest, "Provided object does not match schema 'image': '%s' does not match the pattern of an id", im.ID)
	}
	if im.Project != q.tok.Project && !q.tok.Admin {
		return nil, fail(http.StatusForbidden, "You are not permitted to create images owned by '%s'.", im.Project)
	}
	if err := im.publicized(q); err != nil {
		return nil, err
	}
	if _, taken := c.images.get(im.ID); taken {
		return nil, fail(http.StatusConflict, "Image ID %s already exists!", im.ID)
	}
	if err := c.imageQuota(im.Project, "image_count_total", 1); err != nil {
		return nil, err
	}
	q.made("", &im.meta, "", 0)
	c.images.put(im)
	q.header.Set("Location", q.host()+"/image/v2/images/"+im.ID)
	q.header.Set("OpenStack-image-import-methods", "glance-direct")
	return im.view(), nil
}

// publicized refuses to show everybody an image of somebody who may not do that.
func (im *image) publicized(q *request) error {
	if im.Visibility == "public" && !q.tok.Admin {
		return fail(http.StatusForbidden, "You are not authorized to complete publicize_image action.")
	}
	return nil
}

// check refuses a value that glance's schema does not allow.
func (im *image) check() error {
	for name, value := range map[string]string{"disk_format": im.Disk, "container_format": im.Container, "visibility": im.Visibility} {
		if value != "" && !slices.Contains(imageEnums[name], value) {
			return fail(http.StatusBadRequest, "Provided object does not match schema 'image': '%s' is not one of %v", value, imageEnums[name])
		}
	}
	if len([]rune(im.Name)) > 255 {
		return fail(http.StatusBadRequest, "Provided object does not match schema 'image': '%s' is too long", im.Name)
	}
	for name, value := range map[string]int{"min_disk": im.MinDisk, "min_ram": im.MinRAM} {
		if value < 0 {
			return fail(http.StatusBadRequest, "Invalid value '%d' for parameter '%s': Cannot be a negative value", value, name)
		}
	}
	return nil
}

// set gives a property a value; those that glance does not know are free text.
func (im *image) set(name string, raw json.RawMessage, create bool) error {
	known := map[string]any{"name": &im.Name, "disk_format": &im.Disk, "container_format": &im.Container, "visibility": &im.Visibility, "min_disk": &im.MinDisk,
		"min_ram": &im.MinRAM, "protected": &im.Protected, "os_hidden": &im.Hidden, "tags": &im.Tags, "owner": &im.Project}
	if create {
		known["id"] = &im.ID
	}
	if name == "tags" {
		im.Tags = nil // Unmarshal would write into the slice at hand
	}
	into, ok := known[name]
	switch {
	case ok:
	case name == "locations" || strings.HasPrefix(name, "os_glance_"):
		return fail(http.StatusForbidden, "Attribute '%s' is reserved.", name)
	case slices.Contains(baseProperties, name):
		return fail(http.StatusForbidden, "Attribute '%s' is read-only.", name)
	case len(name) > 255:
		return fail(http.StatusBadRequest, "Custom property should not be greater than 255 characters.")
	}
	if !ok {
		var text string
		into = &text
		defer func() {
			props := maps.Clone(im.Properties)
			if props == nil {
				props = map[string]string{}
			}
			props[name] = text
			im.Properties = props
		}()
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fail(http.StatusBadRequest, "Provided object does not match schema 'image': %s is not valid for '%s'", raw, name)
	}
	if name == "tags" {
		im.Tags = sorted(im.Tags)
	}
	return im.check()
}

func (c *Glance) patchImage(q *request) (any, error) {
	held, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	im := new(image)
	*im = *held // all of the operations are done, or none
	var ops []struct {
		Op    string          `json:"op"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	}
	if err := q.decode(&ops); err != nil {
		return nil, err
	}
	for _, op := range ops {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.TrimPrefix(op.Path, "/"))
		if op.Op == "remove" {
			if _, ok := im.Properties[name]; !ok {
				return nil, fail(http.StatusConflict, "Property %s does not exist.", name)
			}
			props := maps.Clone(im.Properties)
			delete(props, name)
			im.Properties = props
			continue
		}
		if err := im.set(name, op.Value, false); err != nil {
			return nil, err
		}
	}
	if held.Visibility != im.Visibility {
		if err := im.publicized(q); err != nil {
			return nil, err
		}
	}
	*held = *im
	held.Updated = q.now
	c.images.put(held)
	return held.view(), nil
}

func (c *Glance) deleteImage(q *request) (any, error) {
	im, err := c.ownImage(q, "Failed to find image %s to delete")
	if err != nil {
		return nil, err
	}
	if im.Protected {
		return nil, fail(http.StatusForbidden, "Image %s is protected and cannot be deleted.", im.ID)
	}
	im.Deleted, im.Data, im.Status = true, nil, "deleted"
	c.images.put(im)
	return nil, nil
}

// fill gives the image its data.
func (im *image) fill(data []byte, now time.Time) {
	sum, hash := md5.Sum(data), sha512.Sum512(data)
	im.Data, im.Size, im.Checksum, im.Hash = data, int64(len(data)), hex.EncodeToString(sum[:]), hex.EncodeToString(hash[:])
	im.Status, im.Updated = "active", now
}

// filler is what images of the start content hold: too dull to be stored.
func filler(size int64) []byte {
	return append([]byte("devcloud tiny image\n"), bytes.Repeat([]byte{0}, int(size)-len("devcloud tiny image\n"))...)
}

func (c *Glance) downloadImage(q *request) (any, error) {
	im, err := c.getImage(q, noImage)
	if err != nil {
		return nil, err
	}
	if im.Status != "active" {
		q.status = http.StatusNoContent
		return nil, nil
	}
	q.header.Set("Content-MD5", im.Checksum)
	if im.Filler {
		return filler(im.Size), nil
	}
	return im.Data, nil
}

func (c *Glance) tagImage(q *request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	im.Tags, im.Updated = sorted(append(slices.Clone(im.Tags), q.PathValue("tag"))), q.now
	c.images.put(im)
	return nil, nil
}

func (c *Glance) untagImage(q *request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	i := slices.Index(im.Tags, q.PathValue("tag"))
	if i < 0 {
		return nil, noTag(q.PathValue("tag"))
	}
	im.Tags, im.Updated = slices.Delete(slices.Clone(im.Tags), i, i+1), q.now
	c.images.put(im)
	return nil, nil
}
