package cinder

import (
	"net/http"

	"novaflow/internal/devcloud/api"
)

// volumeAttachments lists which server uses which volume. It exists since microversion
// 3.27.
func (c *Cinder) volumeAttachments(q *api.Request) (any, error) {
	if q.Minor < 27 {
		return nil, api.Fail(http.StatusNotFound, "The resource could not be found.")
	}
	items := []obj{}
	for _, v := range c.Volumes.Find(projectKeys(q)...) {
		if of := q.URL.Query().Get("volume_id"); of != "" && of != v.ID {
			continue
		}
		if v.Reserved != "" {
			items = append(items, v.reservation())
		}
		for _, a := range v.Attached {
			items = append(items, obj{"id": a.ID, "status": "attached", "instance": a.Server, "volume_id": v.ID})
		}
	}
	return obj{"attachments": items}, nil
}

// reservation shows the attachment of a volume that is reserved for a server.
func (v *Volume) reservation() obj {
	return obj{"id": api.StableID(v.ID + v.Reserved), "status": "reserved", "instance": v.Reserved, "volume_id": v.ID,
		"attached_at": "", "detached_at": "", "attach_mode": "null", "connection_info": obj{}}
}

// reserveVolume reserves a volume for a server, as nova does before it attaches it. Like
// cinder it does not check whether the server exists.
func (c *Cinder) reserveVolume(q *api.Request) (any, error) {
	var in struct {
		Attachment struct {
			Instance string `json:"instance_uuid"`
			Volume   string `json:"volume_uuid"`
		}
	}
	if err := q.Decode(&in); err != nil {
		return nil, err
	}
	v, ok := c.Volumes.Get(in.Attachment.Volume)
	switch {
	case q.Minor < 27:
		return nil, api.Fail(http.StatusNotFound, "The resource could not be found.")
	case !ok || !q.Sees(v.Project):
		return nil, noVolume(in.Attachment.Volume)
	case v.Status != "available":
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid volume: Volume %s status must be available or downloading to reserve, but the current status is "+
				"%s.", v.ID, v.Status)
	}
	v.Status, v.Reserved, v.Updated = "reserved", in.Attachment.Instance, q.Now
	c.Volumes.Put(v)
	return obj{"attachment": v.reservation()}, nil
}

// dropReservation releases a reserved volume, even if its server exists. Only nova may
// release a volume that a server has.
func (c *Cinder) dropReservation(q *api.Request) (any, error) {
	for _, v := range c.Volumes.Find(projectKeys(q)...) {
		if v.Reserved == "" || api.StableID(v.ID+v.Reserved) != q.PathValue("id") {
			continue
		}
		v.Detach(q.Now)
		c.Volumes.Put(v)
		return obj{"attachments": []obj{}}, nil
	}
	return nil, api.Fail(http.StatusNotFound, "Volume attachment could not be found with filter: attachment_id = %s.",
		q.PathValue("id"))
}
