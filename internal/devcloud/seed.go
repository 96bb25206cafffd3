package devcloud

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/keystone"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/store"
)

// seed creates the start content and the traps. The content is like a small real cloud.
func (c *Cloud) seed() {
	c.store.CreateState()
	now := store.NowUTC()
	s := &seeder{c: c, now: now, project: map[string]string{}}
	s.identity()
	for i, f := range []compute.Flavor{{VCPUs: 1, RAM: 64, Disk: 1}, {VCPUs: 1, RAM: 512, Disk: 1},
		{VCPUs: 1, RAM: 2048, Disk: 20}, {VCPUs: 2, RAM: 4096, Disk: 40},
		{VCPUs: 4, RAM: 8192, Disk: 80}, {VCPUs: 1, RAM: 400000, Disk: 1}} {
		names := []string{"m1.nano", "m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.impossible"}
		ids := []string{"0", "1", "2", "3", "4", "99"}
		f.Meta = store.Meta{ID: ids[i], Name: names[i], Created: now}
		c.nova.Flavors.Put(&f)
	}
	public := s.network("admin", "public", orText(c.store.Options.PublicCIDR, "203.0.113.0/24"), true)
	private := s.network("demo", "private", orText(c.store.Options.PrivateCIDR, "10.10.0.0/16"), false)
	s.router("demo", "demo-router", public, private)
	s.image("admin", "tiny", "public")
	s.keypair("demo", "demo-key")
	if !c.store.Options.NoTraps {
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

func (s *seeder) meta(project, name string) store.Meta {
	return store.Meta{ID: uuid.NewString(), Name: name, Project: s.project[project], Created: s.now, Updated: s.now,
		Revision: 1}
}

func (s *seeder) identity() {
	for _, name := range []string{"admin", "demo", "other"} {
		p := &keystone.Project{Meta: store.Meta{ID: api.HexID(), Name: name, Created: s.now}}
		s.project[name] = p.ID
		s.c.keystone.Projects.Put(p)
		role := "member"
		if name == "admin" {
			role = "admin"
		}
		s.c.keystone.Users.Put(&keystone.User{Meta: store.Meta{ID: api.HexID(), Name: name, Created: s.now},
			Password: Password, Roles: map[string][]string{p.ID: {role}}})
		s.c.neutron.DefaultGroup(p.ID, s.now)
	}
	s.c.keystone.UserGroups.Put(&keystone.UserGroup{Meta: store.Meta{ID: api.HexID(), Name: "devs", Created: s.now}})
}

func (s *seeder) network(project, name, cidr string, external bool) *neutron.Network {
	n := &neutron.Network{Meta: s.meta(project, name), External: external, MTU: 1450, Segment: s.c.store.NextNumber()}
	n.Revision = 2
	if external {
		n.MTU = 1500
	}
	s.c.neutron.Networks.Put(n)
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil {
		panic(fmt.Sprintf("devcloud: %s network: %v", name, err))
	}
	sub := &neutron.Subnet{Meta: s.meta(project, name+"-subnet"), Network: n.ID, CIDR: prefix.Masked(),
		NoDHCP: external}
	sub.Revision = 0
	sub.Gateway = sub.CIDR.Addr().Next().String()
	sub.Pools = sub.WholePools()
	s.c.neutron.Subnets.Put(sub)
	return n
}

func (s *seeder) router(project, name string, public *neutron.Network, inside ...*neutron.Network) {
	r := &neutron.Router{Meta: s.meta(project, name)}
	routers := neutron.RouterAPI{Neutron: s.c.neutron}
	if err := routers.AddGateway(r, public, s.now); err != nil {
		panic(err)
	}
	s.c.neutron.Routers.Put(r)
	for _, n := range inside {
		sub := s.c.neutron.Subnets.Find("network_id=" + n.ID)[0]
		p := &neutron.Port{Meta: s.meta(project, ""), Network: n.ID, Device: r.ID, Owner: neutron.RouterInterface,
			Unsafe: true}
		p.Status, p.Revision = "ACTIVE", 3
		if err := s.c.neutron.FinishPort(p, []neutron.FixedIP{{Subnet: sub.ID, IP: sub.Gateway}}, true); err != nil {
			panic(err)
		}
		s.c.neutron.Ports.Put(p)
	}
}

func (s *seeder) image(project, name, visibility string) {
	im := startImage()
	im.Meta, im.Visibility = s.meta(project, name), visibility
	im.Status, im.Updated = "active", s.now
	s.c.glance.Images.Put(&im)
}

// startImage returns what all images of the start content have in common. It computes
// their checksums once: tests open thousands of clouds.
var startImage = sync.OnceValue(func() glance.Image {
	im := glance.Image{Disk: "raw", Container: "bare", MinDisk: 1, Filler: true}
	im.Fill(glance.MakeFiller(1<<20), time.Time{})
	im.Data = nil
	return im
})

func (s *seeder) keypair(owner, name string) {
	u := s.c.keystone.Users.Find("name=" + owner)[0]
	k := &compute.Keypair{Meta: store.Meta{ID: compute.KeypairID(u.ID, name), Name: name, Created: s.now}, User: u.ID,
		Type: "ssh", Number: s.c.store.NextNumber()}
	k.Public, _ = compute.NewKey()
	k.Finger, _ = compute.Fingerprint(k.Public)
	s.c.nova.Keypairs.Put(k)
}

// traps creates what careless code trips over: names of the other project, names that
// contain others, names that are regular expressions, twins, and objects that have a
// user's names but were not created by a flow.
func (s *seeder) traps(public *neutron.Network) {
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
	g := &neutron.SecGroup{Meta: s.meta("demo", "default.*")}
	s.c.neutron.SecGroups.Put(g)
	s.c.neutron.AddDefaultRules(g, s.now)
}

func (s *seeder) volume(project, name string) {
	v := &cinder.Volume{Meta: s.meta(project, name), Size: 1}
	v.Status = "available"
	s.c.cinder.Volumes.Put(v)
}

func (s *seeder) port(project, name, network string) {
	n := s.c.neutron.Networks.Find("project="+s.project[project], "name="+network)[0]
	p := &neutron.Port{Meta: s.meta(project, name), Network: n.ID,
		Groups: []string{s.c.neutron.DefaultGroup(s.project[project], s.now).ID}}
	p.Status = "DOWN"
	if err := s.c.neutron.FinishPort(p, nil, false); err != nil {
		panic(err)
	}
	s.c.neutron.Ports.Put(p)
}
