package glance

import (
	"time"

	"novaflow/internal/devcloud/store"
)

// saved is the data of the image of a server: no disk is ever written here.
var saved = []byte("devcloud snapshot\n")

// ripenImage ends the saving of a server's image, or removes the image if that failed.
func (c *Glance) ripenImage(id string) {
	im, ok := c.Images.Get(id)
	if !ok || im.Deleted || !store.Arrived(&im.Meta, time.Now()) {
		return
	}
	if im.Status == "gone" {
		c.DiscardImage(id)
		return
	}
	im.Fill(saved, im.Updated)
	c.Images.Put(im)
}

// DiscardImage removes an image that nova created for itself.
func (c *Glance) DiscardImage(id string) {
	if im, ok := c.Images.Get(id); ok && !im.Deleted {
		im.Deleted, im.Data, im.Status, im.Next = true, nil, "deleted", ""
		c.Images.Put(im)
	}
}
