package devcloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Options say what cloud to open. The zero value is a cloud in memory whose
// servers are ready at the first look.
type Options struct {
	// File is the journal; "" keeps everything in memory only.
	File string
	// BuildTime is how long a server takes to become ACTIVE; volumes take a
	// quarter of it. 0: the next request sees it ready.
	BuildTime time.Duration
	// DeleteTime is how long a server takes to go; volumes take a quarter.
	DeleteTime time.Duration
	// ReclaimInterval is how long deleted servers are kept as SOFT_DELETED; 0
	// keeps none, as nova does unless it is told otherwise.
	ReclaimInterval time.Duration
	// TokenLife is how long a token is valid; 0 means 12 hours.
	TokenLife time.Duration
	// ClockSkew is how much the cloud's clock is ahead; negative: behind.
	ClockSkew time.Duration
	// Quotas replace defaults by OpenStack's names (instances, cores, ram,
	// port, floatingip, volumes, gigabytes ...); -1 means no limit.
	Quotas map[string]int
	// Hosts is how many hosts there are, each with 256 vCPUs, 128 GiB and
	// 4 TiB; 0 means 3.
	Hosts int
	// PublicCIDR and PrivateCIDR are the ranges of the two networks; ""
	// means 203.0.113.0/24 and 10.10.0.0/16. They matter only for a new cloud.
	PublicCIDR, PrivateCIDR string
	// NoTraps leaves the traps out of a new cloud.
	NoTraps bool
	// Logger gets a debug line for each call; nil means none.
	Logger *zap.Logger
}

// Cloud is an OpenStack in one process and an http.Handler that serves it.
// It is safe for use by many goroutines.
type Cloud struct {
	options  Options
	services []*service
	mux      *http.ServeMux
	log      *zap.Logger
	stop     chan struct{} // closed by Close; ends calls that hang
	once     sync.Once

	serving sync.Mutex // guards server and url
	server  *http.Server
	url     string

	skew   atomic.Int64 // of the clock, as a time.Duration
	faults faults
	calls  counters

	mu       sync.Mutex // guards all below
	journal  *journal
	due      dueHeap
	ripe     map[string]func(id string)
	lag      map[string]*lag
	used     map[string]map[string]int // by project and resource
	hosts    []host
	settings *table[*state]
	state    *state

	projects    *table[*project]
	users       *table[*user]
	userGroups  *table[*userGroup]
	credentials *table[*credential]
	quotas      *table[*quotaSet]
	flavors     *table[*flavor]
	keypairs    *table[*keypair]
	groups      *table[*serverGroup]
	servers     *table[*server]
	networks    *table[*network]
	subnets     *table[*subnet]
	ports       *table[*port]
	routers     *table[*router]
	floatingIPs *table[*floatingIP]
	secGroups   *table[*secGroup]
	secRules    *table[*secRule]
	volumes     *table[*volume]
	snapshots   *table[*snapshot]
	images      *table[*image]
}

// Open returns the cloud that Options.File holds, or a new one with the start
// content. It fails when the file cannot be read or written, or is damaged
// before its last line.
func Open(o Options) (*Cloud, error) {
	for _, cidr := range []string{o.PublicCIDR, o.PrivateCIDR} {
		if _, err := netip.ParsePrefix(cidr); cidr != "" && err != nil {
			return nil, fmt.Errorf("devcloud: options: %w", err)
		}
	}
	c := &Cloud{
		options: o, stop: make(chan struct{}), log: o.Logger,
		journal: &journal{path: o.File, tables: map[string]store{}},
		lag:     map[string]*lag{}, used: map[string]map[string]int{},
	}
	if c.log == nil {
		c.log = zap.NewNop()
	}
	c.makeTables()
	c.route()
	if err := c.restore(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Cloud) makeTables() {
	j := c.journal
	c.settings = newTable(j, "settings", func() *state { return &state{} })
	c.projects = newTable(j, "project", func() *project { return &project{} })
	c.users = newTable(j, "user", func() *user { return &user{} })
	c.userGroups = newTable(j, "group", func() *userGroup { return &userGroup{} })
	c.credentials = newTable(j, "application-credential", func() *credential { return &credential{} })
	c.quotas = newTable(j, "quota", func() *quotaSet { return &quotaSet{} })
	c.flavors = newTable(j, "flavor", func() *flavor { return &flavor{} })
	c.keypairs = newTable(j, "keypair", func() *keypair { return &keypair{} })
	c.groups = newTable(j, "server-group", func() *serverGroup { return &serverGroup{} })
	c.images = newTable(j, "image", func() *image { return &image{} })
	c.networks = newTable(j, "network", func() *network { return &network{} })
	c.subnets = newTable(j, "subnet", func() *subnet { return &subnet{} })
	c.secGroups = newTable(j, "security-group", func() *secGroup { return &secGroup{} })
	c.secRules = newTable(j, "security-group-rule", func() *secRule { return &secRule{} })
	c.routers = newTable(j, "router", func() *router { return &router{} })
	c.ports = newTable(j, "port", func() *port { return &port{} })
	c.floatingIPs = newTable(j, "floating-ip", func() *floatingIP { return &floatingIP{} })
	c.volumes = newTable(j, "volume", func() *volume { return &volume{} })
	c.snapshots = newTable(j, "snapshot", func() *snapshot { return &snapshot{} })
	c.servers = newTable(j, "server", func() *server { return &server{} })
	c.ripe = map[string]func(string){"server": c.ripenServer, "volume": c.ripenVolume, "snapshot": c.ripenSnapshot, "image": c.ripenImage, "interface": c.ripenInterface}
}

// restore loads or seeds the content, and derives what is not stored.
func (c *Cloud) restore() error {
	found := false
	if c.journal.path != "" {
		var err error
		if found, err = c.journal.replay(); err != nil {
			return err
		}
	}
	if !found {
		c.seed()
	}
	c.state, _ = c.settings.get("settings")
	c.applyOptions()
	c.derive()
	if c.journal.path == "" {
		return nil
	}
	return c.journal.compact()
}

// derive computes addresses in use, load and usage, and what is due, from the objects.
func (c *Cloud) derive() {
	c.addHosts()
	for _, s := range c.servers.find() {
		c.countServer(s, +1)
		if s.Kept {
			c.countKept(s, +1)
		}
	}
	for _, v := range c.volumes.find() {
		c.use(v.Project, "gigabytes", v.Size)
	}
	for _, s := range c.snapshots.find() {
		c.use(s.Project, "gigabytes", s.Size)
	}
	for kind := range c.ripe {
		if table, ok := c.journal.tables[kind]; ok {
			table.each(func(_ string, it object) { c.await(kind, it.base()) })
		}
	}
	c.deriveAddresses()
}

// Start listens on addr ("127.0.0.1:0" takes any free port), serves until
// Close, and returns the address as a URL without a slash at the end.
func (c *Cloud) Start(addr string) (string, error) {
	c.serving.Lock()
	defer c.serving.Unlock()
	if c.server != nil {
		return "", fmt.Errorf("devcloud: it serves %s already; close it first", c.url)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("devcloud: listen on %s: %w", addr, err)
	}
	c.url = "http://" + l.Addr().String()
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: time.Minute, ErrorLog: zap.NewStdLog(c.log)}
	go c.server.Serve(l) //nolint:errcheck // it ends with ErrServerClosed
	return c.url, nil
}

// Close stops serving, cuts calls that hang, and closes the journal.
func (c *Cloud) Close() error {
	c.once.Do(func() { close(c.stop) })
	c.serving.Lock()
	defer c.serving.Unlock()
	var err error
	if c.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if c.server.Shutdown(ctx) != nil {
			err = c.server.Close()
		}
		c.server = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(err, c.journal.close())
}

// CloudsYAML is a clouds.yaml for the started cloud: devcloud (user and
// project demo), devcloud-admin, and devcloud-other for a second project.
func (c *Cloud) CloudsYAML() []byte {
	c.serving.Lock()
	defer c.serving.Unlock()
	out := []byte("clouds:\n")
	for _, who := range [][2]string{{"devcloud", "demo"}, {"devcloud-admin", "admin"}, {"devcloud-other", "other"}} {
		out = fmt.Appendf(out, `  %s:
    region_name: RegionOne
    identity_api_version: 3
    auth:
      auth_url: %s/identity/v3
      username: %s
      password: %s
      project_name: %s
      user_domain_name: Default
      project_domain_name: Default
`, who[0], c.url, who[1], Password, who[1])
	}
	return out
}
