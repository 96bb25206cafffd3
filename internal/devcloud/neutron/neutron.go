// Package neutron exists so that servers have addresses: it is the network API (v2.0)
// with networks, subnets, ports, routers, floating IPs, security groups and quotas. What
// nova must learn from it, nova registers.
//
// It may import store, api, keystone, glance and cinder.
package neutron

import (
	"net/http"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// Neutron serves the network API.
type Neutron struct {
	*store.Store
	Networks    *store.Table[*Network]
	Subnets     *store.Table[*Subnet]
	Ports       *store.Table[*Port]
	Routers     *store.Table[*Router]
	FloatingIPs *store.Table[*floatingIP]
	SecGroups   *store.Table[*SecGroup]
	SecRules    *store.Table[*secRule]

	// OnPortDeleted is called before a user's port goes that a device may have.
	OnPortDeleted func(device, port string)
}

// New returns neutron with its tables in the store.
func New(s *store.Store) *Neutron {
	return &Neutron{
		Store:       s,
		Networks:    store.NewTable(s, "network", func() *Network { return &Network{} }),
		Subnets:     store.NewTable(s, "subnet", func() *Subnet { return &Subnet{} }),
		SecGroups:   store.NewTable(s, "security-group", func() *SecGroup { return &SecGroup{} }),
		SecRules:    store.NewTable(s, "security-group-rule", func() *secRule { return &secRule{} }),
		Routers:     store.NewTable(s, "router", func() *Router { return &Router{} }),
		Ports:       store.NewTable(s, "port", func() *Port { return &Port{} }),
		FloatingIPs: store.NewTable(s, "floating-ip", func() *floatingIP { return &floatingIP{} }),
	}
}

// Routes lists the calls of neutron.
func (c *Neutron) Routes() []api.Route {
	return slices.Concat(c.networkRoutes(), c.subnetRoutes(), c.portRoutes(), RouterAPI{c}.routerRoutes(),
		floatingIPAPI{c}.floatingIPRoutes(), c.secGroupRoutes(), quotaAPI{c}.quotaRoutes(), []api.Route{
			api.OpenRoute("GET ^/{$}", http.StatusOK, listVersions),
			api.NewRoute("GET ^/v2.0", http.StatusOK, listResources),
			api.NewRoute("GET /extensions", http.StatusOK, listExtensions),
			api.NewRoute("GET /extensions/{alias}", http.StatusOK, showExtension),
			api.NewRoute("GET /availability_zones", http.StatusOK, api.EmptyList("availability_zones")),
			api.NewRoute("GET /agents", http.StatusOK, api.EmptyList("agents")),
			api.NewRoute("GET /subnetpools", http.StatusOK, api.EmptyList("subnetpools")),
			api.NewRoute("GET /address-scopes", http.StatusOK, api.EmptyList("address_scopes")),
			api.NewRoute("GET /trunks", http.StatusOK, api.EmptyList("trunks")),
		})
}

func listVersions(q *api.Request) (any, error) {
	return obj{"versions": []obj{{"id": "v2.0", "status": "CURRENT",
		"links": []obj{{"rel": "self", "href": q.BaseURL() + "/network/v2.0/"}}}}}, nil
}

func listResources(q *api.Request) (any, error) {
	items := []obj{}
	for _, r := range [][2]string{{"network", "networks"}, {"subnet", "subnets"}, {"port", "ports"}} {
		items = append(items, obj{"name": r[0], "collection": r[1],
			"links": []obj{{"rel": "self", "href": q.Self() + "/" + r[1]}}})
	}
	return obj{"resources": items}, nil
}

// extensions are those of the real cloud that devcloud implements.
var extensions = strings.Fields(`
	allowed-address-pairs availability_zone binding default-subnetpools empty-string-filtering
	external-net extra_dhcp_opt fip-port-details ip-substring-filtering net-mtu net-mtu-writable
	pagination port-mac-address-regenerate port-security project-id provider quotas quota_details router
	security-group security-groups-normalized-cidr sorting standard-attr-description
	standard-attr-revisions standard-attr-tag standard-attr-timestamp stateful-security-group
	tag-ports-during-bulk-creation`)

func extensionView(alias string) obj {
	return obj{"name": alias, "alias": alias, "description": alias, "updated": "2017-01-01T00:00:00-00:00",
		"links": []obj{}}
}

func listExtensions(*api.Request) (any, error) {
	items := []obj{}
	for _, alias := range extensions {
		items = append(items, extensionView(alias))
	}
	return obj{"extensions": items}, nil
}

func showExtension(q *api.Request) (any, error) {
	alias := q.PathValue("alias")
	if !slices.Contains(extensions, alias) {
		return nil, notFound("ExtensionNotFound", "Extension with alias %s does not exist", alias)
	}
	return obj{"extension": extensionView(alias)}, nil
}
