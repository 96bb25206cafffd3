package servers

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/nova/compute"
)

func attachmentView(q *api.Request, s *compute.Server, w compute.ServerVolume) obj {
	v := obj{"id": w.ID, "volumeId": w.ID, "serverId": s.ID, "device": w.Device}
	if q.Minor >= 70 {
		v["tag"] = api.OrNull(w.Tag)
	}
	if q.Minor >= 79 {
		v["delete_on_termination"] = w.Delete
	}
	if q.Minor >= 89 {
		delete(v, "id")
		v["attachment_id"], v["bdm_uuid"] = w.Attachment, w.Mapping
	}
	return v
}

// attachAPI serves the volumes and ports that servers have.
type attachAPI struct{ *Servers }

func (c attachAPI) attachRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /servers/{id}/os-volume_attachments", http.StatusOK, c.listAttachments),
		api.NewRoute("POST /servers/{id}/os-volume_attachments", http.StatusOK, c.attachVolume),
		api.NewRoute("GET /servers/{id}/os-volume_attachments/{volume}", http.StatusOK, c.showAttachment),
		api.NewRoute("DELETE /servers/{id}/os-volume_attachments/{volume}", http.StatusAccepted, c.detachVolume),
		api.NewRoute("GET /servers/{id}/os-interface", http.StatusOK, c.listInterfaces),
		api.NewRoute("POST /servers/{id}/os-interface", http.StatusOK, c.attachInterface),
		api.NewRoute("GET /servers/{id}/os-interface/{port}", http.StatusOK, c.showInterface),
		api.NewRoute("DELETE /servers/{id}/os-interface/{port}", http.StatusAccepted, c.detachInterface),
	}
}

func (c attachAPI) listAttachments(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, w := range s.Volumes {
		items = append(items, attachmentView(q, s, w))
	}
	return obj{"volumeAttachments": items}, nil
}

func (c attachAPI) attachment(q *api.Request) (*compute.Server, int, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, 0, err
	}
	return s, slices.IndexFunc(s.Volumes, func(w compute.ServerVolume) bool { return w.ID == q.PathValue("volume") }),
		nil
}

func (c attachAPI) showAttachment(q *api.Request) (any, error) {
	s, i, err := c.attachment(q)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, api.Fail(http.StatusNotFound, "Instance %s is not attached to volume %s", s.ID,
			q.PathValue("volume"))
	}
	return obj{"volumeAttachment": attachmentView(q, s, s.Volumes[i])}, nil
}

func (c attachAPI) attachVolume(q *api.Request) (any, error) {
	var body struct {
		Attachment struct {
			Volume string `json:"volumeId"`
			Delete bool   `json:"delete_on_termination"`
			Tag    string `json:"tag"`
		} `json:"volumeAttachment"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	v, ok := c.cinder.Volumes.Get(body.Attachment.Volume)
	if !ok || !q.Sees(v.Project) {
		return nil, api.Fail(http.StatusNotFound, "Volume %s could not be found.", body.Attachment.Volume)
	}
	if err := checkAttachable(s, v, q); err != nil {
		return nil, err
	}
	w := s.AddVolume(v.ID, body.Attachment.Delete, false, body.Attachment.Tag)
	s.RecordAction(q, "attach_volume")
	v.Status, v.Updated = "attaching", q.Now
	v.Attached = append(slices.Clone(v.Attached),
		cinder.VolumeAttachment{ID: w.Attachment, Server: s.ID, Device: w.Device, At: q.Now})
	q.Become("volume", &v.Meta, "in-use", c.Quarter(c.State.BuildTime))
	c.cinder.Volumes.Put(v)
	c.Instances.Put(s)
	view := attachmentView(q, s, *w)
	view["id"] = w.ID // nova never added the attachment to the answer of POST
	delete(view, "attachment_id")
	delete(view, "bdm_uuid")
	return obj{"volumeAttachment": view}, nil
}

// checkAttachable refuses to attach a volume that cannot be attached to the server now.
func checkAttachable(s *compute.Server, v *cinder.Volume, q *api.Request) error {
	if !slices.Contains([]string{"ACTIVE", "PAUSED", "SHUTOFF", "VERIFY_RESIZE"}, s.Status) {
		return api.Fail(http.StatusConflict, "Cannot 'attach_volume' instance %s while it is in vm_state %s", s.ID,
			compute.ServerStates[s.Status])
	}
	if s.Task != "" {
		return api.Fail(http.StatusConflict, "Cannot 'attach_volume' instance %s while it is in task_state %s", s.ID,
			s.Task)
	}
	if len(v.Attached) > 0 {
		return api.Fail(http.StatusBadRequest, "Invalid volume: volume %s is already attached to instances: %s", v.ID,
			v.Attached[0].Server)
	}
	if v.Status != "available" {
		return api.Fail(http.StatusBadRequest,
			"Invalid volume: Invalid input received: Invalid volume: Volume %s status must be available or "+
				"downloading to reserve, but the current status is %s. (HTTP 400) (Request-ID: %s)", v.ID, v.Status,
			q.ID)
	}
	return nil
}

func (c attachAPI) detachVolume(q *api.Request) (any, error) {
	s, i, err := c.attachment(q)
	if err != nil {
		return nil, err
	}
	v, ok := c.cinder.Volumes.Get(q.PathValue("volume"))
	switch {
	case !ok || !q.Sees(v.Project):
		return nil, api.Fail(http.StatusNotFound, "Volume %s could not be found.", q.PathValue("volume"))
	case i < 0:
		return nil, api.Fail(http.StatusNotFound, "Instance %s is not attached to volume %s", s.ID, v.ID)
	case s.Volumes[i].Boot:
		return nil, api.Fail(http.StatusBadRequest, "Cannot detach a root device volume")
	}
	if err := c.cinder.BeginDetaching(v, q); err != nil {
		return nil, err
	}
	s.RecordAction(q, "detach_volume")
	q.Become("volume", &v.Meta, "available", c.Quarter(c.State.DeleteTime))
	c.cinder.Volumes.Put(v)
	c.Instances.Put(s)
	return nil, nil
}

// forgetVolume removes a volume that cinder has detached from the server's list.
func (c *Servers) forgetVolume(server, volume string) {
	if s, ok := c.Instances.Get(server); ok {
		s.Volumes = slices.DeleteFunc(slices.Clone(s.Volumes),
			func(w compute.ServerVolume) bool { return w.ID == volume })
		c.Instances.Put(s)
	}
}
