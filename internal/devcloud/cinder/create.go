package cinder

import (
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/store"
)

type volumeRequest struct {
	Name        *string           `json:"name"`
	Description *string           `json:"description"`
	Size        any               `json:"size"`
	Image       string            `json:"imageRef"`
	Snapshot    string            `json:"snapshot_id"`
	Source      string            `json:"source_volid"`
	Type        string            `json:"volume_type"`
	Metadata    map[string]string `json:"metadata"`
}

func (c *Cinder) createVolume(q *api.Request) (any, error) {
	var body struct {
		Volume volumeRequest `json:"volume"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	v, err := newVolume(q, &body.Volume)
	if err != nil {
		return nil, err
	}
	if err := c.fillVolume(q, v, body.Volume.Image); err != nil {
		return nil, err
	}
	if v.Size == 0 {
		return nil, api.Fail(http.StatusBadRequest,
			"The server could not comply with the request since it is either malformed or otherwise incorrect.")
	}
	if err := c.CheckVolumeQuota(v.Project, v.Size); err != nil {
		return nil, err
	}
	c.Use(v.Project, "gigabytes", v.Size)
	next := "available"
	if q.Failure("") != "" {
		next = "error"
	}
	view := v.view(q, false)
	view["bootable"] = "false" // cinder does not know it before it has copied the image
	q.Become("volume", &v.Meta, next, c.Quarter(c.State.BuildTime))
	c.Volumes.Put(v)
	return obj{"volume": view}, nil
}

// newVolume returns the volume that a request describes. It checks only what can be
// checked with the request alone.
func newVolume(q *api.Request, in *volumeRequest) (*Volume, error) {
	if err := checkVolumeText(map[string]*string{"name": in.Name, "description": in.Description}); err != nil {
		return nil, err
	}
	if err := api.CheckMetadata(in.Metadata); err != nil {
		return nil, err
	}
	v := &Volume{Meta: store.Meta{ID: uuid.NewString(), Project: q.Token.Project, Status: "creating", Created: q.Now},
		User: q.Token.User, Metadata: in.Metadata, Snapshot: in.Snapshot, Source: in.Source}
	if in.Name != nil {
		v.Name = *in.Name
	}
	if in.Description != nil {
		v.Description = *in.Description
	}
	if in.Type != "" && in.Type != volumeType && in.Type != volumeTypeID {
		return nil, api.Fail(http.StatusNotFound, "Volume type with name %s could not be found.", in.Type)
	}
	if in.Size != nil {
		if v.Size = api.ReadNumber(in.Size); v.Size < 1 {
			return nil, api.Fail(http.StatusBadRequest,
				"Invalid input for field/attribute size. Value: %v. %v is less than the minimum of 1", in.Size, in.Size)
		}
	}
	return v, nil
}

// fillVolume sets what the volume takes from its snapshot, source or image, and checks
// that it is large enough.
func (c *Cinder) fillVolume(q *api.Request, v *Volume, imageID string) error {
	if v.Snapshot != "" {
		s, ok := c.Snapshots.Get(v.Snapshot)
		if !ok || !q.Sees(s.Project) {
			return api.Fail(http.StatusNotFound, "Snapshot %s could not be found.", v.Snapshot)
		}
		if v.Size > 0 && v.Size < s.Size {
			return api.Fail(http.StatusBadRequest,
				"Invalid input received: Volume size '%d'GB cannot be smaller than the snapshot size %dGB. They must "+
					"be >= original snapshot size.", v.Size, s.Size)
		}
		if s.Status != "available" {
			return api.Fail(http.StatusBadRequest,
				"Invalid snapshot: Originating snapshot status must be one of 'available' values")
		}
		v.Size = max(v.Size, s.Size)
		if from, ok := c.Volumes.Get(s.Volume); ok {
			v.Bootable, v.Image = from.Bootable, from.Image
		}
	}
	if v.Source != "" {
		s, ok := c.Volumes.Get(v.Source)
		if !ok || !q.Sees(s.Project) {
			return noVolume(v.Source)
		}
		v.Size, v.Bootable, v.Image = max(v.Size, s.Size), s.Bootable, s.Image
	}
	if imageID == "" {
		return nil
	}
	im, ok := c.glance.Images.Get(imageID)
	if !ok || !im.Visible(q) {
		return api.Fail(http.StatusBadRequest, "Invalid image identifier or unable to access requested image.")
	}
	switch gib := int((im.Size + 1<<30 - 1) >> 30); {
	case im.Status != "active":
		return api.Fail(http.StatusBadRequest, "Invalid input received: Image %s is not active.", im.ID)
	case v.Size > 0 && gib > v.Size:
		return api.Fail(http.StatusBadRequest,
			"Invalid input received: Size of specified image %dGB is larger than volume size %dGB.", gib, v.Size)
	case v.Size > 0 && im.MinDisk > v.Size:
		return api.Fail(http.StatusBadRequest,
			"Invalid input received: Volume size %dGB cannot be smaller than the image minDisk size %dGB.", v.Size,
			im.MinDisk)
	}
	v.FromImage(im)
	return nil
}

// FromImage makes the volume bootable, and records which image it was created from.
func (v *Volume) FromImage(im *glance.Image) {
	v.Bootable = true
	v.Image = map[string]string{"image_id": im.ID, "image_name": im.Name, "checksum": im.Checksum,
		"container_format": im.Container, "disk_format": im.Disk, "min_disk": strconv.Itoa(im.MinDisk),
		"min_ram": strconv.Itoa(im.MinRAM), "size": fmt.Sprint(im.Size)}
}

// checkVolumeText refuses names and descriptions that cinder refuses.
func checkVolumeText(texts map[string]*string) error {
	for field, text := range texts {
		if text == nil {
			continue
		}
		if n := utf8.RuneCountInString(*text); n > api.MaxText {
			return api.Fail(http.StatusBadRequest, "Invalid input received: %s has %d characters, more than %d.", field,
				n, api.MaxText)
		}
	}
	return nil
}
