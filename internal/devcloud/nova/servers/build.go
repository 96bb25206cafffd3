package servers

import (
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/store"
)

var badHostname = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// buildServer starts the building of a server: it reserves a host, ports and volumes.
// A failure of the build shows only when the build time is over.
func (c builder) buildServer(q *api.Request, s *compute.Server, p *plan) {
	s.RecordAction(q, "create")
	if s.Host = c.PickHost(s); s.Host < 0 {
		s.Fails = "No valid host was found. "
	}
	c.CountServer(s, +1)
	c.reserveVolumes(q, s, p)
	if s.Host >= 0 {
		s.Task = "spawning"
		c.plugServer(q, s, p)
		c.fillDevices(q, s, p)
	}
	s.Fails = q.Failure(s.Fails)
	next := "ACTIVE"
	if s.Fails != "" {
		next = "ERROR"
	}
	q.Become("server", &s.Meta, next, time.Duration(c.State.BuildTime))
	c.Instances.Put(s)
}

// reserveVolumes reserves the volumes that the request names.
func (c builder) reserveVolumes(q *api.Request, s *compute.Server, p *plan) {
	for _, b := range p.devices {
		if b.Source == "volume" {
			v, _ := c.cinder.Volumes.Get(b.UUID)
			s.AddVolume(v.ID, b.Delete, b.boots(), b.Tag)
			v.Status, v.Reserved, v.Updated = "reserved", s.ID, q.Now
			c.cinder.Volumes.Put(v)
		}
	}
}

// plugServer binds the ports that the request names, and creates one for each network
// that it names.
func (c builder) plugServer(q *api.Request, s *compute.Server, p *plan) {
	for _, n := range p.nets {
		if n.Port != "" {
			have, _ := c.neutron.Ports.Get(n.Port)
			c.bindPort(s, have, false, q.Now)
			continue
		}
		made, err := c.newServerPort(q.Now, s, n.UUID, n.Fixed, p.groups)
		if err != nil {
			s.Fails = "Build of instance " + s.ID + " aborted: Failed to allocate the network(s), not rescheduling."
			return
		}
		c.bindPort(s, made, true, q.Now)
	}
}

// newServerPort creates a port for the server, without storing it.
func (c *Servers) newServerPort(
	now time.Time, s *compute.Server, network, address string, groups []string,
) (*neutron.Port, error) {
	p := &neutron.Port{Meta: store.Meta{ID: uuid.NewString(), Project: s.Project, Status: "DOWN", Created: now,
		Updated: now, Revision: 1}, Network: network, Groups: groups}
	if len(groups) == 0 {
		p.Groups = []string{c.neutron.DefaultGroup(s.Project, now).ID}
	}
	var want []neutron.FixedIP
	if address != "" {
		want = []neutron.FixedIP{{IP: address}}
	}
	return p, c.neutron.FinishPort(p, want, address != "")
}

// bindPort gives the server a port. made says that the port was created for it.
func (c *Servers) bindPort(s *compute.Server, p *neutron.Port, made bool, now time.Time) {
	p.Device, p.Owner, p.Host = s.ID, "compute:nova", compute.HostName(s.Host)
	p.Touch(now)
	c.neutron.Ports.Put(p)
	s.Ports = append(slices.Clone(s.Ports), compute.ServerPort{ID: p.ID, Made: made})
}

// fillDevices creates the volumes that the request describes.
func (c builder) fillDevices(q *api.Request, s *compute.Server, p *plan) {
	for _, b := range p.devices {
		if b.Source == "volume" || b.Destination != "volume" {
			continue
		}
		v := &cinder.Volume{Meta: store.Meta{ID: uuid.NewString(), Project: s.Project, Status: "reserved",
			Created: q.Now, Updated: q.Now}, User: s.User, Reserved: s.ID, Size: api.ReadNumber(b.Size)}
		switch b.Source {
		case "image":
			im, _ := c.glance.Images.Get(b.UUID)
			v.FromImage(im)
		case "snapshot":
			v.Snapshot = b.UUID
		}
		if err := c.cinder.CheckVolumeQuota(v.Project, v.Size); err != nil {
			s.Fails = "Build of instance " + s.ID + " aborted: " + api.MessageOf(err)
			return
		}
		c.Use(v.Project, "gigabytes", v.Size)
		c.cinder.Volumes.Put(v)
		s.AddVolume(v.ID, b.Delete, b.boots(), b.Tag)
	}
}

// ripenServer carries out what is due for the server.
func (c *Servers) ripenServer(id string) {
	s, ok := c.Instances.Get(id)
	due := time.Time{}
	if ok {
		due = c.ByClock(s.Due)
	}
	if !ok || !store.Arrived(&s.Meta, time.Now()) {
		return
	}
	s.Task, s.Updated = "", c.Clock()
	if s.Change != nil {
		c.endChange(s, due)
		return
	}
	switch s.Status {
	case "ACTIVE":
		s.MarkLaunched(due)
		c.powerPorts(s, "ACTIVE", due)
		c.attachReserved(s, due)
	case "ERROR":
		s.Fault = &compute.ServerFault{Code: http.StatusInternalServerError, Message: s.Fails, Created: due,
			Unplaced: s.Host < 0}
		if s.Host >= 0 {
			c.unplug(s, due)
			c.unreserve(s, due)
		}
	case softDeleted:
		c.keepServer(s)
	case "gone":
		c.dropServer(s, due)
		return
	}
	c.Instances.Put(s)
}

// unreserve frees the volumes of a server that was not built. The server still lists
// them, as in nova.
func (c *Servers) unreserve(s *compute.Server, at time.Time) {
	for _, w := range s.Volumes {
		if v, ok := c.cinder.Volumes.Get(w.ID); ok && v.HeldBy(s.ID) {
			v.Detach(at)
			c.cinder.Volumes.Put(v)
		}
	}
}

func (c *Servers) powerPorts(s *compute.Server, status string, at time.Time) {
	for _, sp := range s.Ports {
		if p, ok := c.neutron.Ports.Get(sp.ID); ok {
			p.Status = status
			p.Touch(at)
			c.neutron.Ports.Put(p)
		}
	}
}

// attachReserved attaches the volumes that were reserved for the server.
func (c *Servers) attachReserved(s *compute.Server, at time.Time) {
	for _, w := range s.Volumes {
		if v, ok := c.cinder.Volumes.Get(w.ID); ok && v.Reserved == s.ID {
			v.Attach(cinder.VolumeAttachment{ID: w.Attachment, Server: s.ID, Device: w.Device, At: at})
			c.cinder.Volumes.Put(v)
		}
	}
}

// unplug releases the user's ports and removes those created for the server.
func (c *Servers) unplug(s *compute.Server, at time.Time) {
	for _, sp := range s.Ports {
		p, ok := c.neutron.Ports.Get(sp.ID)
		if !ok {
			continue
		}
		if sp.Made {
			c.neutron.DropPort(p)
			continue
		}
		p.Unbind(at)
		c.neutron.Ports.Put(p)
	}
	s.Ports = nil
}

// dropServer removes the server and what goes with it.
func (c *Servers) dropServer(s *compute.Server, at time.Time) {
	c.unplug(s, at)
	c.glance.DiscardImage(s.Shelf)
	for _, w := range s.Volumes {
		c.freeVolume(s, w, at)
	}
	c.CountServer(s, -1)
	if s.Kept {
		c.CountKept(s, -1)
	}
	c.Instances.Remove(s.ID)
}

// freeVolume detaches a volume from a server that goes. It deletes the volume if the
// request for the server said so.
func (c *Servers) freeVolume(s *compute.Server, w compute.ServerVolume, at time.Time) {
	v, ok := c.cinder.Volumes.Get(w.ID)
	if !ok || !v.HeldBy(s.ID) && (!w.Delete || v.Status != "available") {
		return
	}
	v.Detach(at)
	c.cinder.Volumes.Put(v)
	if w.Delete {
		c.cinder.DropVolume(v)
	}
}
