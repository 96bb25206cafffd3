package cinder

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// Attach records that a server has the volume.
func (v *Volume) Attach(a VolumeAttachment) {
	v.Status, v.Updated, v.Reserved = "in-use", a.At, ""
	v.Attached = append(slices.Clone(v.Attached), a)
}

// Detach records that no server has the volume any more.
func (v *Volume) Detach(at time.Time) {
	v.Attached, v.Reserved, v.Updated, v.Next = nil, "", at, ""
	if v.Status != "error" && v.Status != "deleting" {
		v.Status = "available"
	}
}

// HeldBy reports whether the server has the volume, or will have it.
func (v *Volume) HeldBy(server string) bool {
	return v.Reserved == server || slices.ContainsFunc(v.Attached,
		func(a VolumeAttachment) bool { return a.Server == server })
}

// ripenVolume carries out what is due for the volume.
func (c *Cinder) ripenVolume(id string) {
	v, ok := c.Volumes.Get(id)
	if !ok {
		return
	}
	was, due := v.Status, c.ByClock(v.Due)
	if !store.Arrived(&v.Meta, time.Now()) {
		return
	}
	v.Updated = c.Clock()
	switch {
	case v.Status == "gone":
		c.DropVolume(v)
		return
	case was == "extending":
		c.endExtension(v)
	case was == "detaching":
		for _, a := range v.Attached {
			c.OnDetached(a.Server, v.ID)
		}
		v.Detach(due)
	}
	c.Volumes.Put(v)
}

// actVolume serves POST /volumes/{id}/action.
func (c *Cinder) actVolume(q *api.Request) (any, error) {
	v, err := c.ownVolume(q)
	if err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	for name := range maps.Keys(body) {
		var in struct {
			Size     int    `json:"new_size"`
			Status   string `json:"status"`
			Bootable bool   `json:"bootable"`
			Snapshot string `json:"snapshot_id"`
		}
		json.Unmarshal(body[name], &in) //nolint:errcheck // some actions have no body
		switch name {
		case "os-extend":
			return nil, c.extendVolume(q, v, in.Size)
		case "revert":
			return nil, c.revertVolume(q, v, in.Snapshot)
		case "os-reset_status":
			return nil, c.resetVolume(q, v, in.Status)
		case "os-set_bootable":
			v.Bootable = in.Bootable
			q.Status = http.StatusOK
		case "os-begin_detaching":
			return nil, c.BeginDetaching(v, q)
		case "os-roll_detaching":
			c.rollDetaching(v)
			return nil, nil
		case "os-reserve", "os-attach":
			v.Status = map[string]string{"os-reserve": "attaching", "os-attach": "in-use"}[name]
		case "os-unreserve", "os-detach":
			v.Detach(q.Now)
		default:
			return nil, api.Fail(http.StatusBadRequest,
				"There is no such action: %s. Verify the request body and Content-Type header and try again.", name)
		}
	}
	v.Updated = q.Now
	c.Volumes.Put(v)
	return nil, nil
}

// extendVolume begins to extend the volume, and reserves the additional size in the
// quota.
func (c *Cinder) extendVolume(q *api.Request, v *Volume, size int) error {
	if size < 1 {
		return api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute new_size. Value: %d. %d is less than the minimum of 1", size, size)
	}
	if size <= v.Size {
		return api.Fail(http.StatusBadRequest,
			"Invalid input received: New size for extend must be greater than current size. (current: %d, extended: "+
				"%d).", v.Size, size)
	}
	if v.Status != "available" && !(v.Status == "in-use" && q.Minor >= 42) {
		return api.Fail(http.StatusBadRequest,
			"Invalid volume: Volume %s status must be '{'status': 'available'}' to extend, currently %s.", v.ID,
			v.Status)
	}
	if err := c.CheckGigabytes(v.Project, size-v.Size); err != nil {
		return err
	}
	c.Use(v.Project, "gigabytes", size-v.Size)
	v.Updated, v.Growing = q.Now, size
	next := v.Status
	v.Status = "extending"
	if q.Failure("") != "" {
		next = "error_extending"
	}
	q.Become("volume", &v.Meta, next, c.Quarter(c.State.BuildTime))
	c.Volumes.Put(v)
	return nil
}

// endExtension gives the volume its new size. If the extension failed, it releases the
// quota that was reserved for it.
func (c *Cinder) endExtension(v *Volume) {
	switch {
	case v.Growing == 0:
		return
	case v.Status == "error_extending":
		c.Use(v.Project, "gigabytes", v.Size-v.Growing)
	default:
		v.Size = v.Growing
	}
	v.Growing = 0
}

// revertVolume reverts a volume to its latest snapshot. A revert that fails leaves the
// volume in error, and a snapshot that cinder created before it began.
func (c *Cinder) revertVolume(q *api.Request, v *Volume, snapshotID string) error {
	if q.Minor < 40 {
		return api.Fail(http.StatusNotFound, "The resource could not be found.")
	}
	var latest *Snapshot
	for _, s := range c.Snapshots.Find("volume=" + v.ID) {
		if latest == nil || !s.Created.Before(latest.Created) {
			latest = s
		}
	}
	switch {
	case latest == nil || latest.ID != snapshotID:
		return api.Fail(http.StatusBadRequest, "Specified snapshot %s is None or not the latest one of volume %s.",
			snapshotID, v.ID)
	case v.Size != latest.Size:
		return api.Fail(http.StatusBadRequest,
			"Can't revert volume %[1]s to its latest snapshot %[2]s. The volume size must be equal to the snapshot "+
				"size.", v.ID, latest.ID)
	case v.Status != "available":
		return api.Fail(http.StatusConflict, "Invalid volume: Can't revert volume %s to its latest snapshot %s. "+
			"Volume's status must be 'available'.", v.ID, latest.ID)
	case latest.Status != "available":
		return api.Fail(http.StatusConflict, "Invalid snapshot: Can't revert volume %s to its latest snapshot %s. "+
			"Snapshot's status must be 'available'.", v.ID, latest.ID)
	}
	next := "available"
	if q.Failure("") != "" {
		next = "error"
		s := &Snapshot{Meta: store.Meta{ID: uuid.NewString(), Name: "[revert] volume " + v.ID + " backup snapshot",
			Project: v.Project, Status: "available", Created: q.Now}, Volume: v.ID, Size: v.Size}
		c.Use(v.Project, "gigabytes", v.Size)
		c.Snapshots.Put(s)
	}
	v.Status, v.Updated = "reverting", q.Now
	q.Become("volume", &v.Meta, next, c.Quarter(c.State.BuildTime))
	c.Volumes.Put(v)
	return nil
}

// resetVolume lets an administrator free a volume that is stuck.
func (c *Cinder) resetVolume(q *api.Request, v *Volume, status string) error {
	if !q.Token.Admin {
		return q.Forbid("volume_extension:volume_admin_actions:reset_status")
	}
	if status != "" {
		v.Status, v.Next, v.Updated = status, "", q.Now
		c.Volumes.Put(v)
	}
	return nil
}
