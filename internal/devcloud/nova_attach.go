package devcloud

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func attachmentView(q *request, s *server, w serverVolume) obj {
	v := obj{"id": w.ID, "volumeId": w.ID, "serverId": s.ID, "device": w.Device}
	if q.minor >= 70 {
		v["tag"] = orNull(w.Tag)
	}
	if q.minor >= 79 {
		v["delete_on_termination"] = w.Delete
	}
	if q.minor >= 89 {
		delete(v, "id")
		v["attachment_id"], v["bdm_uuid"] = w.Attachment, w.Mapping
	}
	return v
}

// attachAPI serves the volumes and ports that servers have.
type attachAPI struct{ *Servers }

func (c attachAPI) attachRoutes() []route {
	return []route{
		newRoute("GET /servers/{id}/os-volume_attachments", http.StatusOK, c.listAttachments),
		newRoute("POST /servers/{id}/os-volume_attachments", http.StatusOK, c.attachVolume),
		newRoute("GET /servers/{id}/os-volume_attachments/{volume}", http.StatusOK, c.showAttachment),
		newRoute("DELETE /servers/{id}/os-volume_attachments/{volume}", http.StatusAccepted, c.detachVolume),
		newRoute("GET /servers/{id}/os-interface", http.StatusOK, c.listInterfaces),
		newRoute("POST /servers/{id}/os-interface", http.StatusOK, c.attachInterface),
		newRoute("GET /servers/{id}/os-interface/{port}", http.StatusOK, c.showInterface),
		newRoute("DELETE /servers/{id}/os-interface/{port}", http.StatusAccepted, c.detachInterface),
	}
}

func (c attachAPI) listAttachments(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, w := range s.Volumes {
		items = append(items, attachmentView(q, s, w))
	}
	return obj{"volumeAttachments": items}, nil
}

func (c attachAPI) attachment(q *request) (*server, int, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, 0, err
	}
	return s, slices.IndexFunc(s.Volumes, func(w serverVolume) bool { return w.ID == q.PathValue("volume") }), nil
}

func (c attachAPI) showAttachment(q *request) (any, error) {
	s, i, err := c.attachment(q)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, fail(http.StatusNotFound, "Instance %s is not attached to volume %s", s.ID, q.PathValue("volume"))
	}
	return obj{"volumeAttachment": attachmentView(q, s, s.Volumes[i])}, nil
}

func (c attachAPI) attachVolume(q *request) (any, error) {
	var body struct {
		Attachment struct {
			Volume string `json:"volumeId"`
			Delete bool   `json:"delete_on_termination"`
			Tag    string `json:"tag"`
		} `json:"volumeAttachment"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	v, ok := c.cinder.volumes.get(body.Attachment.Volume)
	if !ok || !q.sees(v.Project) {
		return nil, fail(http.StatusNotFound, "Volume %s could not be found.", body.Attachment.Volume)
	}
	if err := attachable(s, v, q); err != nil {
		return nil, err
	}
	w := s.addVolume(v.ID, body.Attachment.Delete, false, body.Attachment.Tag)
	s.stamp(q, "attach_volume")
	v.Status, v.Updated = "attaching", q.now
	v.Attached = append(slices.Clone(v.Attached), volumeAttachment{ID: w.Attachment, Server: s.ID, Device: w.Device, At: q.now})
	q.made("volume", &v.meta, "in-use", c.quarter(c.state.BuildTime))
	c.cinder.volumes.put(v)
	c.servers.put(s)
	view := attachmentView(q, s, *w)
	view["id"] = w.ID // the answer to POST never came to tell the attachment
	delete(view, "attachment_id")
	delete(view, "bdm_uuid")
	return obj{"volumeAttachment": view}, nil
}

// attachable says why a volume cannot be attached to the server now.
func attachable(s *server, v *volume, q *request) error {
	if !slices.Contains([]string{"ACTIVE", "PAUSED", "SHUTOFF", "VERIFY_RESIZE"}, s.Status) {
		return fail(http.StatusConflict, "Cannot 'attach_volume' instance %s while it is in vm_state %s", s.ID, serverStates[s.Status])
	}
	if s.Task != "" {
		return fail(http.StatusConflict, "Cannot 'attach_volume' instance %s while it is in task_state %s", s.ID, s.Task)
	}
	if len(v.Attached) > 0 {
		return fail(http.StatusBadRequest, "Invalid volume: volume %s is already attached to instances: %s", v.ID, v.Attached[0].Server)
	}
	if v.Status != "available" {
		return fail(http.StatusBadRequest, "Invalid volume: Invalid input received: Invalid volume: Volume %s status must be available or downloading to reserve, but the current status is %s. (HTTP 400) (Request-ID: %s)", v.ID, v.Status, q.id)
	}
	return nil
}

// quarter is what volumes take of the time that servers take.
func (c *Store) quarter(d Duration) time.Duration { return time.Duration(d) / 4 }

func (c attachAPI) detachVolume(q *request) (any, error) {
	s, i, err := c.attachment(q)
	if err != nil {
		return nil, err
	}
	v, ok := c.cinder.volumes.get(q.PathValue("volume"))
	switch {
	case !ok || !q.sees(v.Project):
		return nil, fail(http.StatusNotFound, "Volume %s could not be found.", q.PathValue("volume"))
	case i < 0:
		return nil, fail(http.StatusNotFound, "Instance %s is not attached to volume %s", s.ID, v.ID)
	case s.Volumes[i].Boot:
		return nil, fail(http.StatusBadRequest, "Cannot detach a root device volume")
	}
	if err := c.cinder.beginDetaching(v, q); err != nil {
		return nil, err
	}
	s.stamp(q, "detach_volume")
	q.made("volume", &v.meta, "available", c.quarter(c.state.DeleteTime))
	c.cinder.volumes.put(v)
	c.servers.put(s)
	return nil, nil
}

func interfaceAttachmentView(q *request, p *port) obj {
	v := obj{"net_id": p.Network, "port_id": p.ID, "mac_addr": p.MAC, "port_state": p.Status, "fixed_ips": p.FixedIPs}
	if q.minor >= 70 {
		v["tag"] = nil
	}
	return v
}

func (c attachAPI) listInterfaces(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, sp := range s.Ports {
		if p, ok := c.neutron.ports.get(sp.ID); ok {
			items = append(items, interfaceAttachmentView(q, p))
		}
	}
	return obj{"interfaceAttachments": items}, nil
}

func (c attachAPI) showInterface(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	p, ok := c.neutron.ports.get(q.PathValue("port"))
	if !ok || p.Device != s.ID {
		return nil, fail(http.StatusNotFound, "Instance %s does not have a port with id %s", s.ID, q.PathValue("port"))
	}
	return obj{"interfaceAttachment": interfaceAttachmentView(q, p)}, nil
}

func (c attachAPI) attachInterface(q *request) (any, error) {
	var body struct {
		Interface struct {
			Net   string    `json:"net_id"`
			Port  string    `json:"port_id"`
			Fixed []fixedIP `json:"fixed_ips"`
		} `json:"interfaceAttachment"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"ACTIVE", "PAUSED", "SHUTOFF"}, s.Status) {
		return nil, fail(http.StatusConflict, "Cannot 'attach_interface' instance %s while it is in vm_state %s", s.ID, serverStates[s.Status])
	}
	n := networkRequest{UUID: body.Interface.Net, Port: body.Interface.Port}
	if port, ok := c.neutron.ports.get(n.Port); n.Port != "" && (!ok || !port.visible(c.neutron, q)) {
		return nil, fail(http.StatusNotFound, "Port id %s could not be found.", n.Port)
	}
	if len(body.Interface.Fixed) > 0 {
		n.Fixed = body.Interface.Fixed[0].IP
	}
	if err := c.checkNet(q, n, q.raw); err != nil {
		return nil, err
	}
	p, _ := c.neutron.ports.get(n.Port)
	if n.Port == "" {
		if c.exceeds(s.Project, "port", c.neutron.ports.count("project="+s.Project), 1) {
			return nil, fail(http.StatusForbidden, "Maximum number of ports exceeded")
		}
		if p, err = c.newServerPort(q.now, s, n.UUID, n.Fixed, nil); err != nil {
			return nil, fail(http.StatusBadRequest, "%s", said(err))
		}
	}
	p.Status = "ACTIVE"
	s.stamp(q, "attach_interface")
	s.Actions[len(s.Actions)-1].End = q.now.Truncate(time.Second)
	c.bindPort(s, p, n.Port == "", q.now)
	c.servers.put(s)
	return obj{"interfaceAttachment": interfaceAttachmentView(q, p)}, nil
}

// detachInterface answers 202 even for a port that the server does not have, as nova does.
func (c attachAPI) detachInterface(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Ports, func(sp serverPort) bool { return sp.ID == q.PathValue("port") })
	if i < 0 {
		return nil, nil
	}
	s.stamp(q, "detach_interface")
	c.servers.put(s)
	if f := q.fault; f != nil && f.verb == "slow" { // the guest does not let go at once
		takes, err := time.ParseDuration(f.arg)
		c.schedule("interface", s.ID+" "+q.PathValue("port"), time.Now().Add(takes))
		return nil, err
	}
	c.letGo(s, q.PathValue("port"), q.now)
	return nil, nil
}

// ripenInterface ends a detachment that a fault made slow. One that was under way when
// the cloud was closed never ends.
func (c attachAPI) ripenInterface(id string) {
	server, port, _ := strings.Cut(id, " ")
	if s, ok := c.servers.get(server); ok {
		c.letGo(s, port, c.clock())
	}
}

// forgetVolume takes a volume that cinder has detached off the server.
func (c *Servers) forgetVolume(server, volume string) {
	if s, ok := c.servers.get(server); ok {
		s.Volumes = slices.DeleteFunc(slices.Clone(s.Volumes), func(w serverVolume) bool { return w.ID == volume })
		c.servers.put(s)
	}
}

// forgetPort takes a port that neutron has deleted off the server.
func (c *Servers) forgetPort(server, port string) {
	if s, ok := c.servers.get(server); ok {
		s.forgetPort(port)
		c.servers.put(s)
	}
}

// letGo takes a port off a server, and ends the action that asked for it.
func (c attachAPI) letGo(s *server, port string, at time.Time) {
	i := slices.IndexFunc(s.Ports, func(sp serverPort) bool { return sp.ID == port })
	if p, ok := c.neutron.ports.get(port); ok && i >= 0 {
		if s.Ports[i].Made {
			c.neutron.dropPort(p)
		} else {
			p.unbind(at)
			c.neutron.ports.put(p)
		}
	}
	s.forgetPort(port)
	s.Actions = slices.Clone(s.Actions)
	for i, a := range s.Actions {
		if a.Name == "detach_interface" && a.End.IsZero() {
			s.Actions[i].End = at.Truncate(time.Second)
			break
		}
	}
	c.servers.put(s)
}
