package servers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/neutron"
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
	view["id"] = w.ID // the answer to POST never came to tell the attachment
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

func interfaceAttachmentView(q *api.Request, p *neutron.Port) obj {
	v := obj{"net_id": p.Network, "port_id": p.ID, "mac_addr": p.MAC, "port_state": p.Status, "fixed_ips": p.FixedIPs}
	if q.Minor >= 70 {
		v["tag"] = nil
	}
	return v
}

func (c attachAPI) listInterfaces(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, sp := range s.Ports {
		if p, ok := c.neutron.Ports.Get(sp.ID); ok {
			items = append(items, interfaceAttachmentView(q, p))
		}
	}
	return obj{"interfaceAttachments": items}, nil
}

func (c attachAPI) showInterface(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	p, ok := c.neutron.Ports.Get(q.PathValue("port"))
	if !ok || p.Device != s.ID {
		return nil, api.Fail(http.StatusNotFound, "Instance %s does not have a port with id %s", s.ID,
			q.PathValue("port"))
	}
	return obj{"interfaceAttachment": interfaceAttachmentView(q, p)}, nil
}

func (c attachAPI) attachInterface(q *api.Request) (any, error) {
	var body struct {
		Interface struct {
			Net   string            `json:"net_id"`
			Port  string            `json:"port_id"`
			Fixed []neutron.FixedIP `json:"fixed_ips"`
		} `json:"interfaceAttachment"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"ACTIVE", "PAUSED", "SHUTOFF"}, s.Status) {
		return nil, api.Fail(http.StatusConflict, "Cannot 'attach_interface' instance %s while it is in vm_state %s",
			s.ID, compute.ServerStates[s.Status])
	}
	n := networkRequest{UUID: body.Interface.Net, Port: body.Interface.Port}
	if port, ok := c.neutron.Ports.Get(n.Port); n.Port != "" && (!ok || !port.Visible(c.neutron, q)) {
		return nil, api.Fail(http.StatusNotFound, "Port id %s could not be found.", n.Port)
	}
	if len(body.Interface.Fixed) > 0 {
		n.Fixed = body.Interface.Fixed[0].IP
	}
	if err := c.checkNet(q, n, q.Raw); err != nil {
		return nil, err
	}
	p, _ := c.neutron.Ports.Get(n.Port)
	if n.Port == "" {
		if c.Exceeds(s.Project, "port", c.neutron.Ports.Count("project="+s.Project), 1) {
			return nil, api.Fail(http.StatusForbidden, "Maximum number of ports exceeded")
		}
		if p, err = c.newServerPort(q.Now, s, n.UUID, n.Fixed, nil); err != nil {
			return nil, api.Fail(http.StatusBadRequest, "%s", api.MessageOf(err))
		}
	}
	p.Status = "ACTIVE"
	s.RecordAction(q, "attach_interface")
	s.Actions[len(s.Actions)-1].End = q.Now.Truncate(time.Second)
	c.bindPort(s, p, n.Port == "", q.Now)
	c.Instances.Put(s)
	return obj{"interfaceAttachment": interfaceAttachmentView(q, p)}, nil
}

// detachInterface answers 202 even for a port that the server does not have, as nova
// does.
func (c attachAPI) detachInterface(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Ports, func(sp compute.ServerPort) bool { return sp.ID == q.PathValue("port") })
	if i < 0 {
		return nil, nil
	}
	s.RecordAction(q, "detach_interface")
	c.Instances.Put(s)
	if takes, slow, err := q.Slowness(); slow { // the guest does not let go at once
		c.Schedule("interface", s.ID+" "+q.PathValue("port"), time.Now().Add(takes))
		return nil, err
	}
	c.detachPort(s, q.PathValue("port"), q.Now)
	return nil, nil
}

// ripenInterface ends a detachment that a fault made slow. One that was under way when
// the cloud was closed never ends.
func (c attachAPI) ripenInterface(id string) {
	server, port, _ := strings.Cut(id, " ")
	if s, ok := c.Instances.Get(server); ok {
		c.detachPort(s, port, c.Clock())
	}
}

// forgetVolume removes a volume that cinder has detached from the server's list.
func (c *Servers) forgetVolume(server, volume string) {
	if s, ok := c.Instances.Get(server); ok {
		s.Volumes = slices.DeleteFunc(slices.Clone(s.Volumes),
			func(w compute.ServerVolume) bool { return w.ID == volume })
		c.Instances.Put(s)
	}
}

// forgetPort removes a port that neutron has deleted from the server's list.
func (c *Servers) forgetPort(server, port string) {
	if s, ok := c.Instances.Get(server); ok {
		s.ForgetPort(port)
		c.Instances.Put(s)
	}
}

// detachPort removes a port from a server, and ends the action that asked for it.
func (c attachAPI) detachPort(s *compute.Server, port string, at time.Time) {
	i := slices.IndexFunc(s.Ports, func(sp compute.ServerPort) bool { return sp.ID == port })
	if p, ok := c.neutron.Ports.Get(port); ok && i >= 0 {
		if s.Ports[i].Made {
			c.neutron.DropPort(p)
		} else {
			p.Unbind(at)
			c.neutron.Ports.Put(p)
		}
	}
	s.ForgetPort(port)
	s.Actions = slices.Clone(s.Actions)
	for i, a := range s.Actions {
		if a.Name == "detach_interface" && a.End.IsZero() {
			s.Actions[i].End = at.Truncate(time.Second)
			break
		}
	}
	c.Instances.Put(s)
}
