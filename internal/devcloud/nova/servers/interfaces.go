package servers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
)

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

// ripenInterface ends a detachment that a fault has slowed down. A detachment that was
// under way when the cloud was closed never ends.
func (c attachAPI) ripenInterface(id string) {
	server, port, _ := strings.Cut(id, " ")
	if s, ok := c.Instances.Get(server); ok {
		c.detachPort(s, port, c.Clock())
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
