package devcloud

import "net/http"

// beginDetaching marks a volume as being detached, for nova. Cinder lets nobody
// begin twice.
func (c *Cinder) beginDetaching(v *volume, q *request) error {
	if v.Status != "in-use" {
		return fail(http.StatusBadRequest, "Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach. (HTTP 400) (Request-ID: %s)", q.id)
	}
	v.Status, v.Updated = "detaching", q.now
	c.volumes.put(v)
	return nil
}

// rollDetaching takes that mark away again, and like cinder says nothing if there is
// none. A detachment that is under way ends all the same.
func (c *Cinder) rollDetaching(v *volume) {
	if v.Status == "detaching" && v.Due.IsZero() {
		v.Status, v.Next, v.Updated = "in-use", "", c.clock()
		c.volumes.put(v)
	}
}
