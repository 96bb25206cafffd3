package devcloud

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
)

var badHostname = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// build starts the building of a server: it takes a host, ports and volumes.
// What keeps a real build from its end shows only when the build time is over.
func (c builder) build(q *request, s *server, p *plan) {
	s.stamp(q, "create")
	if s.Host = c.pickHost(s); s.Host < 0 {
		s.Fails = "No valid host was found. "
	}
	c.countServer(s, +1)
	c.reserveVolumes(q, s, p)
	if s.Host >= 0 {
		s.Task = "spawning"
		c.plugServer(q, s, p)
		c.fillDevices(q, s, p)
	}
	s.Fails = q.fails(s.Fails)
	next := "ACTIVE"
	if s.Fails != "" {
		next = "ERROR"
	}
	q.made("server", &s.meta, next, time.Duration(c.state.BuildTime))
	c.servers.put(s)
}

// reserveVolumes takes the volumes that the request names.
func (c builder) reserveVolumes(q *request, s *server, p *plan) {
	for _, b := range p.devices {
		if b.Source == "volume" {
			v, _ := c.cinder.volumes.get(b.UUID)
			s.addVolume(v.ID, b.Delete, b.boots(), b.Tag)
			v.Status, v.Reserved, v.Updated = "reserved", s.ID, q.now
			c.cinder.volumes.put(v)
		}
	}
}

// addVolume gives the volume the next free device name; what boots comes first.
func (s *server) addVolume(id string, del, boot bool, tag string) *serverVolume {
	w := serverVolume{ID: id, Attachment: uuid.NewString(), Mapping: uuid.NewString(), Delete: del, Boot: boot, Tag: tag}
	taken := func(dev string) bool {
		return slices.ContainsFunc(s.Volumes, func(o serverVolume) bool { return o.Device == dev })
	}
	letter := byte('b')
	if boot {
		letter = 'a'
	}
	for w.Device = "/dev/vd" + string(letter); taken(w.Device) && letter < 'z'; w.Device = "/dev/vd" + string(letter) {
		letter++
	}
	s.Volumes = append(slices.Clone(s.Volumes), w)
	slices.SortStableFunc(s.Volumes, func(a, b serverVolume) int { return cmp.Compare(a.Device, b.Device) })
	return &w
}

// plugServer binds the ports named, and makes one for each network named.
func (c builder) plugServer(q *request, s *server, p *plan) {
	for _, n := range p.nets {
		if n.Port != "" {
			have, _ := c.neutron.ports.get(n.Port)
			c.bindPort(s, have, false, q.now)
			continue
		}
		made, err := c.newServerPort(q.now, s, n.UUID, n.Fixed, p.groups)
		if err != nil {
			s.Fails = "Build of instance " + s.ID + " aborted: Failed to allocate the network(s), not rescheduling."
			return
		}
		c.bindPort(s, made, true, q.now)
	}
}

func (c *Servers) newServerPort(now time.Time, s *server, network, address string, groups []string) (*port, error) {
	p := &port{meta: meta{ID: uuid.NewString(), Project: s.Project, Status: "DOWN", Created: now, Updated: now, Revision: 1}, Network: network, Groups: groups}
	if len(groups) == 0 {
		p.Groups = []string{c.neutron.defaultGroup(s.Project, now).ID}
	}
	var want []fixedIP
	if address != "" {
		want = []fixedIP{{IP: address}}
	}
	return p, c.neutron.finishPort(p, want, address != "")
}

func (c *Servers) bindPort(s *server, p *port, made bool, now time.Time) {
	p.Device, p.Owner, p.Host = s.ID, "compute:nova", hostName(s.Host)
	p.touch(now)
	c.neutron.ports.put(p)
	s.Ports = append(slices.Clone(s.Ports), serverPort{p.ID, made})
}

// fillDevices makes the volumes that the request wants made.
func (c builder) fillDevices(q *request, s *server, p *plan) {
	for _, b := range p.devices {
		if b.Source == "volume" || b.Destination != "volume" {
			continue
		}
		v := &volume{meta: meta{ID: uuid.NewString(), Project: s.Project, Status: "reserved", Created: q.now, Updated: q.now}, User: s.User, Reserved: s.ID, Size: number(b.Size)}
		switch b.Source {
		case "image":
			im, _ := c.glance.images.get(b.UUID)
			v.fromImage(im)
		case "snapshot":
			v.Snapshot = b.UUID
		}
		if err := c.cinder.volumeQuota(v.Project, v.Size); err != nil {
			s.Fails = "Build of instance " + s.ID + " aborted: " + said(err)
			return
		}
		c.use(v.Project, "gigabytes", v.Size)
		c.cinder.volumes.put(v)
		s.addVolume(v.ID, b.Delete, b.boots(), b.Tag)
	}
}

// ripenServer carries out what is due for the server.
func (c *Servers) ripenServer(id string) {
	s, ok := c.servers.get(id)
	due := time.Time{}
	if ok {
		due = c.byClock(s.Due)
	}
	if !ok || !arrived(&s.meta, time.Now()) {
		return
	}
	s.Task, s.Updated = "", c.clock()
	if s.Change != nil {
		c.endChange(s, due)
		return
	}
	switch s.Status {
	case "ACTIVE":
		s.launch(due)
		c.powerPorts(s, "ACTIVE", due)
		c.attachAll(s, due)
	case "ERROR":
		s.Fault = &serverFault{Code: http.StatusInternalServerError, Message: s.Fails, Created: due, Unplaced: s.Host < 0}
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
	c.servers.put(s)
}

// unreserve frees the volumes of a server that was not built. It still names
// them, as nova does.
func (c *Servers) unreserve(s *server, at time.Time) {
	for _, w := range s.Volumes {
		if v, ok := c.cinder.volumes.get(w.ID); ok && v.heldBy(s.ID) {
			v.detach(at)
			c.cinder.volumes.put(v)
		}
	}
}

func (s *server) launch(at time.Time) {
	if s.Launched.IsZero() {
		s.Launched = at
	}
}

func (c *Servers) powerPorts(s *server, status string, at time.Time) {
	for _, sp := range s.Ports {
		if p, ok := c.neutron.ports.get(sp.ID); ok {
			p.Status = status
			p.touch(at)
			c.neutron.ports.put(p)
		}
	}
}

func (c *Servers) attachAll(s *server, at time.Time) {
	for _, w := range s.Volumes {
		if v, ok := c.cinder.volumes.get(w.ID); ok && v.Reserved == s.ID {
			v.attach(volumeAttachment{ID: w.Attachment, Server: s.ID, Device: w.Device, At: at})
			c.cinder.volumes.put(v)
		}
	}
}

// unplug gives back the ports of the user and removes those made for the server.
func (c *Servers) unplug(s *server, at time.Time) {
	for _, sp := range s.Ports {
		p, ok := c.neutron.ports.get(sp.ID)
		if !ok {
			continue
		}
		if sp.Made {
			c.neutron.dropPort(p)
			continue
		}
		p.unbind(at)
		c.neutron.ports.put(p)
	}
	s.Ports = nil
}

func (p *port) unbind(at time.Time) {
	p.Device, p.Owner, p.Host, p.Status = "", "", "", "DOWN"
	p.touch(at)
}

// dropServer removes the server and what goes with it.
func (c *Servers) dropServer(s *server, at time.Time) {
	c.unplug(s, at)
	c.glance.dropImage(s.Shelf)
	for _, w := range s.Volumes {
		c.detached(s, w, at)
	}
	c.countServer(s, -1)
	if s.Kept {
		c.countKept(s, -1)
	}
	c.servers.remove(s.ID)
}

// detached frees a volume of a server, or deletes it if that was asked for.
func (c *Servers) detached(s *server, w serverVolume, at time.Time) {
	v, ok := c.cinder.volumes.get(w.ID)
	if !ok || !v.heldBy(s.ID) && (!w.Delete || v.Status != "available") {
		return
	}
	v.detach(at)
	c.cinder.volumes.put(v)
	if w.Delete {
		c.cinder.dropVolume(v)
	}
}
