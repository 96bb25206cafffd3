package devcloud

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
)

func nowUTC() time.Time { return time.Now().UTC() }

// seed makes the start content, that of a small real cloud, and the traps.
func (c *Cloud) seed() {
	c.store.newState()
	now := nowUTC()
	s := &seeder{c: c, now: now, project: map[string]string{}}
	s.identity()
	for i, f := range []flavor{{VCPUs: 1, RAM: 64, Disk: 1}, {VCPUs: 1, RAM: 512, Disk: 1}, {VCPUs: 1, RAM: 2048, Disk: 20}, {VCPUs: 2, RAM: 4096, Disk: 40},
		{VCPUs: 4, RAM: 8192, Disk: 80}, {VCPUs: 1, RAM: 400000, Disk: 1}} {
		names := []string{"m1.nano", "m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.impossible"}
		ids := []string{"0", "1", "2", "3", "4", "99"}
		f.meta = meta{ID: ids[i], Name: names[i], Created: now}
		c.nova.flavors.put(&f)
	}
	public := s.network("admin", "public", orText(c.store.options.PublicCIDR, "203.0.113.0/24"), true)
	private := s.network("demo", "private", orText(c.store.options.PrivateCIDR, "10.10.0.0/16"), false)
	s.router("demo", "demo-router", public, private)
	s.image("admin", "tiny", "public")
	s.keypair("demo", "demo-key")
	if !c.store.options.NoTraps {
		s.traps(public)
	}
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

type seeder struct {
	c       *Cloud
	now     time.Time
	project map[string]string // ids by name
}

func (s *seeder) meta(project, name string) meta {
	return meta{ID: uuid.NewString(), Name: name, Project: s.project[project], Created: s.now, Updated: s.now, Revision: 1}
}

func (s *seeder) identity() {
	for _, name := range []string{"admin", "demo", "other"} {
		p := &project{meta: meta{ID: hexID(), Name: name, Created: s.now}}
		s.project[name] = p.ID
		s.c.keystone.projects.put(p)
		role := "member"
		if name == "admin" {
			role = "admin"
		}
		s.c.keystone.users.put(&user{meta: meta{ID: hexID(), Name: name, Created: s.now}, Password: Password, Roles: map[string][]string{p.ID: {role}}})
		s.c.neutron.defaultGroup(p.ID, s.now)
	}
	s.c.keystone.userGroups.put(&userGroup{meta: meta{ID: hexID(), Name: "devs", Created: s.now}})
}

func (s *seeder) network(project, name, cidr string, external bool) *network {
	n := &network{meta: s.meta(project, name), External: external, MTU: 1450, Segment: s.c.store.number()}
	n.Revision = 2
	if external {
		n.MTU = 1500
	}
	s.c.neutron.networks.put(n)
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		panic(fmt.Sprintf("devcloud: %s network: %v", name, err))
	}
	sub := &subnet{meta: s.meta(project, name+"-subnet"), Network: n.ID, CIDR: prefix.Masked(), NoDHCP: external}
	sub.Revision = 0
	sub.Gateway = sub.CIDR.Addr().Next().String()
	sub.Pools = sub.wholePools()
	s.c.neutron.subnets.put(sub)
	return n
}

func (s *seeder) router(project, name string, public *network, inside ...*network) {
	r := &router{meta: s.meta(project, name)}
	routers := RouterAPI{s.c.neutron}
	if err := routers.addGateway(r, public, s.now); err != nil {
		panic(err)
	}
	s.c.neutron.routers.put(r)
	for _, n := range inside {
		sub := s.c.neutron.subnets.find("network_id=" + n.ID)[0]
		p := &port{meta: s.meta(project, ""), Network: n.ID, Device: r.ID, Owner: routerInterface, Unsafe: true}
		p.Status, p.Revision = "ACTIVE", 3
		if err := s.c.neutron.finishPort(p, []fixedIP{{sub.ID, sub.Gateway}}, true); err != nil {
			panic(err)
		}
		s.c.neutron.ports.put(p)
	}
}

func (s *seeder) image(project, name, visibility string) {
	im := startImage()
	im.meta, im.Visibility = s.meta(project, name), visibility
	im.Status, im.Updated = "active", s.now
	s.c.glance.images.put(&im)
}

// startImage is what all images of the start content have in common. Their sums are
// computed once: tests open thousands of clouds.
var startImage = sync.OnceValue(func() image {
	im := image{Disk: "raw", Container: "bare", MinDisk: 1, Filler: true}
	im.fill(filler(1<<20), time.Time{})
	im.Data = nil
	return im
})

func (s *seeder) keypair(owner, name string) {
	u := s.c.keystone.users.find("name=" + owner)[0]
	k := &keypair{meta: meta{ID: keypairID(u.ID, name), Name: name, Created: s.now}, User: u.ID, Type: "ssh", Number: s.c.store.number()}
	k.Public, _ = newKey()
	k.Finger, _ = fingerprint(k.Public)
	s.c.nova.keypairs.put(k)
}

// traps are what careless code trips over: names of the other project, names
// that contain others, names that are regular expressions, twins, and things
// called like the user's own without being made by a flow.
func (s *seeder) traps(public *network) {
	other := s.network("other", "private", "10.20.0.0/16", false)
	s.router("other", "demo-router", public, other)
	s.network("demo", "private2", "10.30.0.0/24", false)
	s.image("other", "tiny", "private")
	for _, name := range []string{"tiny-old", "t[i]ny", "tin.", "twin", "twin"} {
		s.image("admin", name, "public")
	}
	s.keypair("other", "demo-key")
	for _, name := range []string{"web", "web.*", "web-1-old"} {
		s.volume("demo", name)
		s.port("demo", name, "private")
	}
	s.volume("other", "web")
	s.port("other", "web", "private")
	g := &secGroup{meta: s.meta("demo", "default.*")}
	s.c.neutron.secGroups.put(g)
	s.c.neutron.addRules(g, s.now)
}

func (s *seeder) volume(project, name string) {
	v := &volume{meta: s.meta(project, name), Size: 1}
	v.Status = "available"
	s.c.cinder.volumes.put(v)
}

func (s *seeder) port(project, name, network string) {
	n := s.c.neutron.networks.find("project="+s.project[project], "name="+network)[0]
	p := &port{meta: s.meta(project, name), Network: n.ID, Groups: []string{s.c.neutron.defaultGroup(s.project[project], s.now).ID}}
	p.Status = "DOWN"
	if err := s.c.neutron.finishPort(p, nil, false); err != nil {
		panic(err)
	}
	s.c.neutron.ports.put(p)
}
