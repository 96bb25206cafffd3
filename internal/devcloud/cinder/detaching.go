package cinder

import (
	"net/http"

	"novaflow/internal/devcloud/api"
)

// BeginDetaching marks a volume as being detached, for nova. Cinder lets nobody
// begin twice.
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

// rollDetaching takes that mark away again, and like cinder says nothing if there is
// none. A detachment that is under way ends all the same.
func (c *Cinder) rollDetaching(v *Volume) {
	if v.Status == "detaching" && v.Due.IsZero() {
		v.Status, v.Next, v.Updated = "in-use", "", c.Clock()
		c.Volumes.Put(v)
	}
}
