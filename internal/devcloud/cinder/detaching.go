package cinder

import (
	"net/http"

	"novaflow/internal/devcloud/api"
)

// BeginDetaching marks a volume as being detached, for nova. Like cinder it refuses a
// second beginning.
func (c *Cinder) BeginDetaching(v *Volume, q *api.Request) error {
	if v.Status != "in-use" {
		return api.Fail(http.StatusBadRequest,
			"Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status must be "+
				"'in-use' and attach_status must be 'attached' to detach. (HTTP 400) (Request-ID: %s)", q.ID)
	}
	v.Status, v.Updated = "detaching", q.Now
	c.Volumes.Put(v)
	return nil
}

// rollDetaching removes that mark, and like cinder succeeds if there is none. A
// detachment that is under way still ends.
func (c *Cinder) rollDetaching(v *Volume) {
	if v.Status == "detaching" && v.Due.IsZero() {
		v.Status, v.Next, v.Updated = "in-use", "", c.Clock()
		c.Volumes.Put(v)
	}
}
