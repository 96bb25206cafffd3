package devcloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/keystone"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// Cloud is an OpenStack in one process and an http.Handler that serves it.
// It is safe for use by many goroutines.
type Cloud struct {
	options  Options
	log      *zap.Logger
	store    *store.Store
	front    *api.Frontend
	keystone *keystone.Keystone
	glance   *glance.Glance
	cinder   *cinder.Cinder
	neutron  *neutron.Neutron
	nova     *nova.Nova

	serving sync.Mutex // guards server and url
	server  *http.Server
	url     string
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
	c := &Cloud{options: o, log: o.Logger, store: store.New(o)}
	if c.log == nil {
		c.log = zap.NewNop()
	}
	c.keystone = keystone.New(c.store)
	c.glance = glance.New(c.store)
	c.cinder = cinder.New(c.store, c.glance)
	c.neutron = neutron.New(c.store)
	c.nova = nova.New(c.store, c.keystone, c.glance, c.cinder, c.neutron)
	c.front = api.New(c.store, c.keystone, c.log)
	c.route()
	if err := c.restore(); err != nil {
		return nil, err
	}
	return c, nil
}

// route adds the services to the frontend.
func (c *Cloud) route() {
	c.front.AddService("keystone", "/identity", "/v3", nil, c.keystone.Routes())
	c.front.AddService("nova", "/compute", "/v2.1", nova.ReadMicroversion, c.nova.Routes())
	c.front.AddService("neutron", "/network", "/v2.0", nil, c.neutron.Routes())
	c.front.AddService("cinder", "/volume", "/v3/{project_id}", cinder.ReadMicroversion, c.cinder.Routes())
	c.front.AddService("glance", "/image", "/v2", nil, c.glance.Routes())
	c.addControl()
}

// restore loads or seeds the content, and derives what is not stored.
func (c *Cloud) restore() error {
	found, err := c.store.Load()
	if err != nil {
		return err
	}
	if !found {
		c.seed()
	}
	c.store.ApplyOptions()
	c.nova.Derive()
	c.cinder.Derive()
	c.neutron.Derive()
	return c.store.Ready()
}

// ServeHTTP serves all services and the control API.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.front.ServeHTTP(w, r) }

// Start listens on addr ("127.0.0.1:0" takes any free port), serves until
// Close, and returns the address as a URL without a slash at the end.
func (c *Cloud) Start(addr string) (string, error) {
	c.serving.Lock()
	defer c.serving.Unlock()
	if c.server != nil {
		return "", fmt.Errorf("devcloud: already serving %s; close it first", c.url)
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
	c.front.Release()
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
	return errors.Join(err, c.store.Close())
}

// CloudsYAML returns a clouds.yaml for the started cloud: devcloud (user and project
// demo), devcloud-admin, and devcloud-other for a second project.
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
