package devcloud

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Password is that of every user of the start content.
const Password = "devcloud"

type user struct {
	meta
	Password string              `json:"password"`
	Roles    map[string][]string `json:"roles"` // by project
}

func (u *user) keys() []string { return []string{"name=" + u.Name} }

// hexID is an id in keystone's form.
func hexID() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

func (c *Cloud) keystoneRoutes() []route {
	return slices.Concat(c.projectRoutes(), c.roleRoutes(), []route{
		{"GET ^/{$}", http.StatusMultipleChoices, keystoneVersions, true},
		{"GET ^/v3", http.StatusOK, keystoneVersion, true},
		{"POST /auth/tokens", http.StatusCreated, c.issueToken, true},
		{"GET /auth/tokens", http.StatusOK, c.showToken, false},
		{"HEAD /auth/tokens", http.StatusOK, c.showToken, false},
		{"DELETE /auth/tokens", http.StatusNoContent, c.revokeToken, false},
		{"GET /auth/catalog", http.StatusOK, func(q *request) (any, error) { return obj{"catalog": q.catalog(q.tok.Project)}, nil }, false},
		{"GET /auth/projects", http.StatusOK, c.listOwnProjects, false},
		{"GET /auth/domains", http.StatusOK, func(q *request) (any, error) { return q.list("domains", []obj{}), nil }, false},
		{"GET /users", http.StatusOK, c.listUsers, false},
		{"GET /users/{id}", http.StatusOK, c.showUser, false},
		{"GET /users/{id}/projects", http.StatusOK, c.listOwnProjects, false},
		{"GET /domains", http.StatusOK, listDomains, false},
		{"GET /domains/{id}", http.StatusOK, showDomain, false},
		{"GET /services", http.StatusOK, listServices, false},
		{"GET /endpoints", http.StatusOK, listEndpoints, false},
		{"GET /regions", http.StatusOK, listRegions, false},
		{"GET /users/{id}/application_credentials", http.StatusOK, c.listCredentials, false},
		{"POST /users/{id}/application_credentials", http.StatusCreated, c.createCredential, false},
		{"GET /users/{id}/application_credentials/{cred}", http.StatusOK, c.showCredential, false},
		{"DELETE /users/{id}/application_credentials/{cred}", http.StatusNoContent, c.deleteCredential, false},
	})
}

func (q *request) identityVersion() obj {
	return obj{"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
		"links":       []obj{{"rel": "self", "href": q.host() + "/identity/v3/"}},
		"media-types": []obj{{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}}}
}

func keystoneVersions(q *request) (any, error) {
	q.header.Set("Location", q.host()+"/identity/v3/")
	return obj{"versions": obj{"values": []obj{q.identityVersion()}}}, nil
}

func keystoneVersion(q *request) (any, error) { return obj{"version": q.identityVersion()}, nil }

// list is a keystone collection.
func (q *request) list(name string, items []obj) obj {
	self := q.self()
	if q.URL.RawQuery != "" {
		self += "?" + q.URL.RawQuery
	}
	return obj{name: items, "links": obj{"next": nil, "self": self, "previous": nil}}
}

func (q *request) admin(rule string) error {
	if q.tok.Admin {
		return nil
	}
	return fail(http.StatusForbidden, "You are not authorized to perform the requested action: identity:%s.", rule)
}

func (q *request) userView(u *user) obj {
	return obj{"id": u.ID, "name": u.Name, "domain_id": "default", "enabled": true, "password_expires_at": nil,
		"options": obj{}, "links": obj{"self": q.host() + "/identity/v3/users/" + u.ID}}
}

func (c *Cloud) listOwnProjects(q *request) (any, error) {
	u, _ := c.users.get(q.tok.User)
	items := []obj{}
	for _, p := range c.projects.find() {
		if len(u.Roles[p.ID]) > 0 {
			items = append(items, q.projectView(p))
		}
	}
	return q.list("projects", items), nil
}

// nameKey is the index key for a name filter, none without one.
func (q *request) nameKey() []string {
	if name := q.URL.Query().Get("name"); name != "" {
		return []string{"name=" + name}
	}
	return nil
}

func (c *Cloud) listUsers(q *request) (any, error) {
	if err := q.admin("list_users"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, u := range c.users.find(q.nameKey()...) {
		if q.inDomain() {
			items = append(items, q.userView(u))
		}
	}
	return q.list("users", items), nil
}

func (c *Cloud) showUser(q *request) (any, error) {
	id := q.PathValue("id")
	if id != q.tok.User {
		if err := q.admin("get_user"); err != nil {
			return nil, err
		}
	}
	u, ok := c.users.get(id)
	if !ok {
		return nil, fail(http.StatusNotFound, "Could not find user: %s.", id)
	}
	return obj{"user": q.userView(u)}, nil
}

func (q *request) domainView() obj {
	return obj{"id": "default", "name": "Default", "description": "The default domain", "enabled": true, "tags": []string{},
		"options": obj{}, "links": obj{"self": q.host() + "/identity/v3/domains/default"}}
}

func listDomains(q *request) (any, error) {
	if err := q.admin("list_domains"); err != nil {
		return nil, err
	}
	items := []obj{}
	if name := q.URL.Query().Get("name"); name == "" || name == "Default" {
		items = append(items, q.domainView())
	}
	return q.list("domains", items), nil
}

func showDomain(q *request) (any, error) {
	if id := q.PathValue("id"); id != "default" {
		return nil, fail(http.StatusNotFound, "Could not find domain: %s.", id)
	}
	return obj{"domain": q.domainView()}, nil
}

func listServices(q *request) (any, error) {
	if err := q.admin("list_services"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, e := range q.catalog(q.tok.Project) {
		items = append(items, obj{"id": e["id"], "name": e["name"], "type": e["type"], "enabled": true})
	}
	return q.list("services", items), nil
}

func listEndpoints(q *request) (any, error) {
	if err := q.admin("list_endpoints"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, e := range q.catalog(q.tok.Project) {
		for _, p := range e["endpoints"].([]obj) {
			items = append(items, obj{"id": p["id"], "interface": p["interface"], "url": p["url"], "region": "RegionOne",
				"region_id": "RegionOne", "service_id": e["id"], "enabled": true})
		}
	}
	return q.list("endpoints", items), nil
}

func listRegions(q *request) (any, error) {
	region := obj{"id": "RegionOne", "description": "", "parent_region_id": nil}
	return q.list("regions", []obj{region}), nil
}

// stableID is an id that is the same in every cloud.
func stableID(of string) string {
	return strings.ReplaceAll(uuid.NewSHA1(uuid.NameSpaceURL, []byte("devcloud:"+of)).String(), "-", "")
}

func roleID(name string) string { return stableID("role:" + name) }

// catalog lists the services where this request found them.
func (q *request) catalog(project string) []obj {
	if project == "" {
		return []obj{}
	}
	var entries []obj
	for _, e := range [][3]string{
		{"keystone", "identity", "/identity/v3"}, {"nova", "compute", "/compute/v2.1"}, {"neutron", "network", "/network"},
		{"glance", "image", "/image"}, {"cinderv3", "volumev3", "/volume/v3/" + project}, {"cinder", "block-storage", "/volume/v3/" + project},
	} {
		points := []obj{}
		for _, face := range []string{"public", "internal", "admin"} {
			points = append(points, obj{"id": stableID(e[0] + face), "interface": face, "region_id": "RegionOne", "region": "RegionOne", "url": q.host() + e[2]})
		}
		entries = append(entries, obj{"id": stableID(e[0]), "type": e[1], "name": e[0], "endpoints": points})
	}
	return entries
}

// roles are the user's in the project, implied ones too.
func (u *user) roles(project string) []string {
	names := slices.Clone(u.Roles[project])
	if slices.Contains(names, "admin") && !slices.Contains(names, "member") {
		names = append(names, "member")
	}
	if len(names) > 0 {
		names = append(names, "reader")
	}
	return names
}
