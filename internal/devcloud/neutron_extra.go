package devcloud

import (
	"net/http"
	"slices"
)

// Neutron serves the network API.
type Neutron struct {
	*Store
	networks    *table[*network]
	subnets     *table[*subnet]
	ports       *table[*port]
	routers     *table[*router]
	floatingIPs *table[*floatingIP]
	secGroups   *table[*secGroup]
	secRules    *table[*secRule]

	// onPortDeleted is called before a user's port goes that a device may have.
	onPortDeleted func(device, port string)
}

func newNeutron(s *Store) *Neutron {
	return &Neutron{
		Store:       s,
		networks:    newTable(s, "network", func() *network { return &network{} }),
		subnets:     newTable(s, "subnet", func() *subnet { return &subnet{} }),
		secGroups:   newTable(s, "security-group", func() *secGroup { return &secGroup{} }),
		secRules:    newTable(s, "security-group-rule", func() *secRule { return &secRule{} }),
		routers:     newTable(s, "router", func() *router { return &router{} }),
		ports:       newTable(s, "port", func() *port { return &port{} }),
		floatingIPs: newTable(s, "floating-ip", func() *floatingIP { return &floatingIP{} }),
	}
}

// netQuotaAPI serves /quotas.
type netQuotaAPI struct{ *Neutron }

func (c netQuotaAPI) quotaRoutes() []route {
	return []route{
		newRoute("GET /quotas/{project}", http.StatusOK, c.netQuotas),
		newRoute("GET /quotas/{project}/default", http.StatusOK, c.netDefaults),
		newRoute("GET /quotas/{project}/{details}", http.StatusOK, c.netQuotaDetails),
		newRoute("PUT /quotas/{project}", http.StatusOK, c.setNetQuotas),
		newRoute("DELETE /quotas/{project}", http.StatusNoContent, c.dropNetQuotas),
	}
}

func (c *Neutron) neutronRoutes() []route {
	return slices.Concat(c.networkRoutes(), c.subnetRoutes(), c.portRoutes(), RouterAPI{c}.routerRoutes(), floatingIPAPI{c}.floatingIPRoutes(), c.secGroupRoutes(), netQuotaAPI{c}.quotaRoutes(), []route{
		openRoute("GET ^/{$}", http.StatusOK, neutronVersions),
		newRoute("GET ^/v2.0", http.StatusOK, netResources),
		newRoute("GET /extensions", http.StatusOK, netExtensions),
		newRoute("GET /extensions/{alias}", http.StatusOK, netExtension),
		newRoute("GET /availability_zones", http.StatusOK, empty("availability_zones")),
		newRoute("GET /agents", http.StatusOK, empty("agents")),
		newRoute("GET /subnetpools", http.StatusOK, empty("subnetpools")),
		newRoute("GET /address-scopes", http.StatusOK, empty("address_scopes")),
		newRoute("GET /trunks", http.StatusOK, empty("trunks")),
	})
}

func neutronVersions(q *request) (any, error) {
	return obj{"versions": []obj{{"id": "v2.0", "status": "CURRENT", "links": []obj{{"rel": "self", "href": q.host() + "/network/v2.0/"}}}}}, nil
}

func netResources(q *request) (any, error) {
	items := []obj{}
	for _, r := range [][2]string{{"network", "networks"}, {"subnet", "subnets"}, {"port", "ports"}} {
		items = append(items, obj{"name": r[0], "collection": r[1], "links": []obj{{"rel": "self", "href": q.self() + "/" + r[1]}}})
	}
	return obj{"resources": items}, nil
}

// empty answers with a collection that has nothing.
func empty(name string) handler {
	return func(*request) (any, error) { return obj{name: []obj{}}, nil }
}

// extensions are those of the real cloud that devcloud has too.
var extensions = []string{"allowed-address-pairs", "availability_zone", "binding", "default-subnetpools", "empty-string-filtering", "external-net",
	"extra_dhcp_opt", "fip-port-details", "ip-substring-filtering", "net-mtu", "net-mtu-writable", "pagination", "port-mac-address-regenerate",
	"port-security", "project-id", "provider", "quotas", "quota_details", "router", "security-group", "security-groups-normalized-cidr",
	"sorting", "standard-attr-description", "standard-attr-revisions", "standard-attr-tag", "standard-attr-timestamp", "stateful-security-group",
	"tag-ports-during-bulk-creation"}

func extensionView(alias string) obj {
	return obj{"name": alias, "alias": alias, "description": alias, "updated": "2017-01-01T00:00:00-00:00", "links": []obj{}}
}

func netExtensions(*request) (any, error) {
	items := []obj{}
	for _, alias := range extensions {
		items = append(items, extensionView(alias))
	}
	return obj{"extensions": items}, nil
}

func netExtension(q *request) (any, error) {
	alias := q.PathValue("alias")
	if !slices.Contains(extensions, alias) {
		return nil, netFail(http.StatusNotFound, "ExtensionNotFound", "Extension with alias %s does not exist", alias)
	}
	return obj{"extension": extensionView(alias)}, nil
}

var netResourceNames = []string{"network", "subnet", "subnetpool", "port", "router", "floatingip", "rbac_policy", "security_group", "security_group_rule"}

func (c netQuotaAPI) netQuotas(q *request) (any, error) {
	project := q.PathValue("project")
	if !q.sees(project) {
		return nil, netFail(http.StatusForbidden, "PolicyNotAuthorized", "rule:get_quota is disallowed by policy")
	}
	limits := obj{}
	for _, r := range netResourceNames {
		limits[r] = c.limit(project, r)
	}
	return obj{"quota": limits}, nil
}

func (c netQuotaAPI) netDefaults(*request) (any, error) {
	limits := obj{}
	for _, r := range netResourceNames {
		limits[r] = c.limit("", r)
	}
	return obj{"quota": limits}, nil
}

func (c netQuotaAPI) netQuotaDetails(q *request) (any, error) {
	project := q.PathValue("project")
	if !q.sees(project) {
		return nil, netFail(http.StatusForbidden, "PolicyNotAuthorized", "rule:get_quota is disallowed by policy")
	}
	key := "project=" + project
	used := map[string]int{"network": c.networks.count(key), "subnet": c.subnets.count(key), "port": c.ports.count(key), "router": c.routers.count(key),
		"floatingip": c.floatingIPs.count(key), "security_group": c.secGroups.count(key), "security_group_rule": c.secRules.count(key)}
	details := obj{}
	for _, r := range netResourceNames {
		details[r] = obj{"limit": c.limit(project, r), "used": used[r], "reserved": 0}
	}
	return obj{"quota": details}, nil
}

func (c netQuotaAPI) setNetQuotas(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, netFail(http.StatusForbidden, "PolicyNotAuthorized", "rule:update_quota is disallowed by policy")
	}
	var body struct {
		Quota map[string]int `json:"quota"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	for r, n := range body.Quota {
		if n < -1 {
			return nil, netFail(http.StatusBadRequest, "HTTPBadRequest", "Invalid input for %s. Reason: '%d' should be in range -1 to 2147483647.", r, n)
		}
		if !slices.Contains(netResourceNames, r) {
			return nil, netFail(http.StatusBadRequest, "HTTPBadRequest", "Unrecognized attribute(s) '%s'", r)
		}
	}
	c.setLimits(q.PathValue("project"), body.Quota)
	return c.netQuotas(q)
}

func (c netQuotaAPI) dropNetQuotas(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, netFail(http.StatusForbidden, "PolicyNotAuthorized", "rule:delete_quota is disallowed by policy")
	}
	project := q.PathValue("project")
	set, _ := c.quotas.get(project)
	if set == nil || !slices.ContainsFunc(netResourceNames, func(r string) bool { _, ok := set.Limits[r]; return ok }) {
		return nil, netFail(http.StatusNotFound, "TenantQuotaNotFound", "Quota for tenant %s could not be found.", project)
	}
	c.dropLimits(project, netResourceNames)
	return nil, nil
}
