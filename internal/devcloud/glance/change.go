package glance

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

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

func (c *Glance) createImage(q *api.Request) (any, error) {
	var raw map[string]json.RawMessage
	if err := q.Decode(&raw); err != nil {
		return nil, err
	}
	im := &Image{Meta: store.Meta{ID: uuid.NewString(), Project: q.Token.Project, Status: "queued", Created: q.Now,
		Updated: q.Now}, Visibility: "shared"}
	for k, v := range raw {
		if err := im.setProperty(k, v, true); err != nil {
			return nil, err
		}
	}
	if _, err := uuid.Parse(im.ID); err != nil {
		return nil, api.Fail(http.StatusBadRequest,
			"Provided object does not match schema 'image': '%s' does not match the pattern of an id", im.ID)
	}
	if im.Project != q.Token.Project && !q.Token.Admin {
		return nil, api.Fail(http.StatusForbidden, "You are not permitted to create images owned by '%s'.", im.Project)
	}
	if err := im.checkPublicize(q); err != nil {
		return nil, err
	}
	if _, taken := c.Images.Get(im.ID); taken {
		return nil, api.Fail(http.StatusConflict, "Image ID %s already exists!", im.ID)
	}
	if err := c.imageQuota(im.Project, "image_count_total", 1); err != nil {
		return nil, err
	}
	q.Become("", &im.Meta, "", 0)
	c.Images.Put(im)
	q.AnswerHeader.Set("Location", q.BaseURL()+"/image/v2/images/"+im.ID)
	q.AnswerHeader.Set("OpenStack-image-import-methods", "glance-direct")
	return im.view(), nil
}

// checkPublicize refuses to make an image public for anybody but administrators.
func (im *Image) checkPublicize(q *api.Request) error {
	if im.Visibility == "public" && !q.Token.Admin {
		return api.Fail(http.StatusForbidden, "You are not authorized to complete publicize_image action.")
	}
	return nil
}

// check refuses values that glance's schema does not allow.
func (im *Image) check() error {
	for name, value := range map[string]string{"disk_format": im.Disk, "container_format": im.Container,
		"visibility": im.Visibility} {
		if value != "" && !slices.Contains(imageEnums[name], value) {
			return api.Fail(http.StatusBadRequest,
				"Provided object does not match schema 'image': '%s' is not one of %v", value, imageEnums[name])
		}
	}
	if len([]rune(im.Name)) > 255 {
		return api.Fail(http.StatusBadRequest, "Provided object does not match schema 'image': '%s' is too long",
			im.Name)
	}
	for name, value := range map[string]int{"min_disk": im.MinDisk, "min_ram": im.MinRAM} {
		if value < 0 {
			return api.Fail(http.StatusBadRequest, "Invalid value '%d' for parameter '%s': Cannot be a negative value",
				value, name)
		}
	}
	return nil
}

// setProperty sets a property. Properties that glance does not know are free text.
func (im *Image) setProperty(name string, raw json.RawMessage, create bool) error {
	known := map[string]any{"name": &im.Name, "disk_format": &im.Disk, "container_format": &im.Container,
		"visibility": &im.Visibility, "min_disk": &im.MinDisk, "min_ram": &im.MinRAM, "protected": &im.Protected,
		"os_hidden": &im.Hidden, "tags": &im.Tags, "owner": &im.Project}
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
		return api.Fail(http.StatusForbidden, "Attribute '%s' is reserved.", name)
	case slices.Contains(baseProperties, name):
		return api.Fail(http.StatusForbidden, "Attribute '%s' is read-only.", name)
	case len(name) > 255:
		return api.Fail(http.StatusBadRequest, "Custom property should not be greater than 255 characters.")
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
		return api.Fail(http.StatusBadRequest,
			"Provided object does not match schema 'image': %s is not valid for '%s'", raw, name)
	}
	if name == "tags" {
		im.Tags = api.TagSet(im.Tags)
	}
	return im.check()
}

func (c *Glance) patchImage(q *api.Request) (any, error) {
	held, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	im := new(Image)
	*im = *held // all of the operations are done, or none
	var ops []struct {
		Op    string          `json:"op"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	}
	if err := q.Decode(&ops); err != nil {
		return nil, err
	}
	for _, op := range ops {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.TrimPrefix(op.Path, "/"))
		if op.Op == "remove" {
			if _, ok := im.Properties[name]; !ok {
				return nil, api.Fail(http.StatusConflict, "Property %s does not exist.", name)
			}
			props := maps.Clone(im.Properties)
			delete(props, name)
			im.Properties = props
			continue
		}
		if err := im.setProperty(name, op.Value, false); err != nil {
			return nil, err
		}
	}
	if held.Visibility != im.Visibility {
		if err := im.checkPublicize(q); err != nil {
			return nil, err
		}
	}
	*held = *im
	held.Updated = q.Now
	c.Images.Put(held)
	return held.view(), nil
}

func (c *Glance) deleteImage(q *api.Request) (any, error) {
	im, err := c.ownImage(q, "Failed to find image %s to delete")
	if err != nil {
		return nil, err
	}
	if im.Protected {
		return nil, api.Fail(http.StatusForbidden, "Image %s is protected and cannot be deleted.", im.ID)
	}
	im.Deleted, im.Data, im.Status = true, nil, "deleted"
	c.Images.Put(im)
	return nil, nil
}

// Fill gives the image its data, and sets it to active.
func (im *Image) Fill(data []byte, now time.Time) {
	sum, hash := md5.Sum(data), sha512.Sum512(data)
	im.Data, im.Size, im.Checksum, im.Hash = data, int64(len(data)), hex.EncodeToString(sum[:]),
		hex.EncodeToString(hash[:])
	im.Status, im.Updated = "active", now
}

// MakeFiller returns the data of the images of the start content. They are not stored.
func MakeFiller(size int64) []byte {
	return append([]byte("devcloud tiny image\n"), bytes.Repeat([]byte{0}, int(size)-len("devcloud tiny image\n"))...)
}

func (c *Glance) downloadImage(q *api.Request) (any, error) {
	im, err := c.getImage(q, noImage)
	if err != nil {
		return nil, err
	}
	if im.Status != "active" {
		q.Status = http.StatusNoContent
		return nil, nil
	}
	q.AnswerHeader.Set("Content-MD5", im.Checksum)
	if im.Filler {
		return MakeFiller(im.Size), nil
	}
	return im.Data, nil
}

func (c *Glance) tagImage(q *api.Request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	im.Tags, im.Updated = api.TagSet(append(slices.Clone(im.Tags), q.PathValue("tag"))), q.Now
	c.Images.Put(im)
	return nil, nil
}

func (c *Glance) untagImage(q *api.Request) (any, error) {
	im, err := c.ownImage(q, noImage)
	if err != nil {
		return nil, err
	}
	i := slices.Index(im.Tags, q.PathValue("tag"))
	if i < 0 {
		return nil, api.NoTag(q.PathValue("tag"))
	}
	im.Tags, im.Updated = slices.Delete(slices.Clone(im.Tags), i, i+1), q.Now
	c.Images.Put(im)
	return nil, nil
}
