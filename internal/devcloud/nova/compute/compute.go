// Package compute exists so that servers can be placed: it has the rows of nova, the
// hosts with their load, and the calls that are not about a single server (flavors, key
// pairs, server groups, quotas, hosts and their services).
//
// It may import store, api and keystone.
package compute

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/keystone"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// Compute holds the rows of nova and the load of its hosts.
type Compute struct {
	*store.Store
	keystone  *keystone.Keystone
	Flavors   *store.Table[*Flavor]
	Keypairs  *store.Table[*Keypair]
	Groups    *store.Table[*ServerGroup]
	Instances *store.Table[*Server]
	hosts     []host
}

// New returns compute with its tables in the store.
func New(s *store.Store, keystone *keystone.Keystone) *Compute {
	return &Compute{
		Store: s, keystone: keystone,
		Flavors:   store.NewTable(s, "flavor", func() *Flavor { return &Flavor{} }),
		Keypairs:  store.NewTable(s, "keypair", func() *Keypair { return &Keypair{} }),
		Groups:    store.NewTable(s, "server-group", func() *ServerGroup { return &ServerGroup{} }),
		Instances: store.NewTable(s, "server", func() *Server { return &Server{} }),
	}
}

// Derive computes the load of the hosts and what projects use from the servers.
func (c *Compute) Derive() {
	c.AddHosts()
	for _, s := range c.Instances.Find() {
		c.CountServer(s, +1)
		if s.Kept {
			c.CountKept(s, +1)
		}
	}
}

// CommonRoutes lists the calls that are not about a single server.
func (c *Compute) CommonRoutes() []api.Route {
	return slices.Concat(quotaAPI{c}.quotaRoutes(), hostAPI{c}.hostRoutes(), flavorAPI{c}.flavorRoutes(),
		keypairAPI{c}.keypairRoutes(), groupAPI{c}.groupRoutes())
}

// keptServers is the name under which the usage counts servers that can be restored. It
// is no quota.
const keptServers = "kept servers"

// BadMarker returns nova's error for a marker that does not exist.
func BadMarker(marker string) error {
	return api.Fail(http.StatusBadRequest, "marker [%s] not found", marker)
}
