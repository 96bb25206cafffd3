package devcloud

import "time"

// saved is what the image of a server holds here: no disk is ever written.
var saved = []byte("devcloud snapshot\n")

// ripenImage carries out what is due for the image.
func (c *Glance) ripenImage(id string) {
	im, ok := c.images.get(id)
	if !ok || im.Deleted || !arrived(&im.meta, time.Now()) {
		return
	}
	if im.Status == "gone" {
		c.dropImage(id)
		return
	}
	im.fill(saved, im.Updated)
	c.images.put(im)
}

// dropImage removes an image that nova made for itself.
func (c *Glance) dropImage(id string) {
	if im, ok := c.images.get(id); ok && !im.Deleted {
		im.Deleted, im.Data, im.Status, im.Next = true, nil, "deleted", ""
		c.images.put(im)
	}
}
