package devcloud

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Password is that of every user of the start content.
const Password = "devcloud"

// Keystone serves the identity API: projects, users, roles and tokens.
type Keystone struct {
	*Store
	projects    *table[*project]
	users       *table[*user]
	userGroups  *table[*userGroup]
	credentials *table[*credential]
}

func newKeystone(s *Store) *Keystone {
	return &Keystone{
		Store:       s,
		projects:    newTable(s, "project", func() *project { return &project{} }),
		users:       newTable(s, "user", func() *user { return &user{} }),
		userGroups:  newTable(s, "group", func() *userGroup { return &userGroup{} }),
		credentials: newTable(s, "application-credential", func() *credential { return &credential{} }),
	}
}

type user struct {
	meta
	Password string              `json:"password"`
	Roles    map[string][]string `json:"roles"` // by project
}

func (u *user) keys() []string { return []string{"name=" + u.Name} }

// hexID is an id in keystone's form.
func hexID() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

func (c *Keystone) keystoneRoutes() []route {
	return slices.Concat(c.projectRoutes(), c.roleRoutes(), []route{
		openRoute("GET ^/{$}", http.StatusMultipleChoices, keystoneVersions),
		openRoute("GET ^/v3", http.StatusOK, keystoneVersion),
		openRoute("POST /auth/tokens", http.StatusCreated, c.issueToken),
		newRoute("GET /auth/tokens", http.StatusOK, c.showToken),
		newRoute("HEAD /auth/tokens", http.StatusOK, c.showToken),
		newRoute("DELETE /auth/tokens", http.StatusNoContent, c.revokeToken),
		newRoute("GET /auth/catalog", http.StatusOK, func(q *request) (any, error) { return obj{"catalog": catalog(q, q.tok.Project)}, nil }),
		newRoute("GET /auth/projects", http.StatusOK, c.listOwnProjects),
		newRoute("GET /auth/domains", http.StatusOK, func(q *request) (any, error) { return keystoneList(q, "domains", []obj{}), nil }),
		newRoute("GET /users", http.StatusOK, c.listUsers),
		newRoute("GET /users/{id}", http.StatusOK, c.showUser),
		newRoute("GET /users/{id}/projects", http.StatusOK, c.listOwnProjects),
		newRoute("GET /domains", http.StatusOK, listDomains),
		newRoute("GET /domains/{id}", http.StatusOK, showDomain),
		newRoute("GET /services", http.StatusOK, listServices),
		newRoute("GET /endpoints", http.StatusOK, listEndpoints),
		newRoute("GET /regions", http.StatusOK, listRegions),
		newRoute("GET /users/{id}/application_credentials", http.StatusOK, c.listCredentials),
		newRoute("POST /users/{id}/application_credentials", http.StatusCreated, c.createCredential),
		newRoute("GET /users/{id}/application_credentials/{cred}", http.StatusOK, c.showCredential),
		newRoute("DELETE /users/{id}/application_credentials/{cred}", http.StatusNoContent, c.deleteCredential),
	})
}

func identityVersion(q *request) obj {
	return obj{"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
		"links":       []obj{{"rel": "self", "href": q.host() + "/identity/v3/"}},
		"media-types": []obj{{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}}}
}

func keystoneVersions(q *request) (any, error) {
	q.header.Set("Location", q.host()+"/identity/v3/")
	return obj{"versions": obj{"values": []obj{identityVersion(q)}}}, nil
}

func keystoneVersion(q *request) (any, error) { return obj{"version": identityVersion(q)}, nil }

// list is a keystone collection.
func keystoneList(q *request, name string, items []obj) obj {
	self := q.self()
	if q.URL.RawQuery != "" {
		self += "?" + q.URL.RawQuery
	}
	return obj{name: items, "links": obj{"next": nil, "self": self, "previous": nil}}
}

func requireAdmin(q *request, rule string) error {
	if q.tok.Admin {
		return nil
	}
	return fail(http.StatusForbidden, "You are not authorized to perform the requested action: identity:%s.", rule)
}

func userView(q *request, u *user) obj {
	return obj{"id": u.ID, "name": u.Name, "domain_id": "default", "enabled": true, "password_expires_at": nil,
		"options": obj{}, "links": obj{"self": q.host() + "/identity/v3/users/" + u.ID}}
}

func (c *Keystone) listOwnProjects(q *request) (any, error) {
	u, _ := c.users.get(q.tok.User)
	items := []obj{}
	for _, p := range c.projects.find() {
		if len(u.Roles[p.ID]) > 0 {
			items = append(items, projectView(q, p))
		}
	}
	return keystoneList(q, "projects", items), nil
}

// nameKey is the index key for a name filter, none without one.
func (q *request) nameKey() []string {
	if name := q.URL.Query().Get("name"); name != "" {
		return []string{"name=" + name}
	}
	return nil
}

func (c *Keystone) listUsers(q *request) (any, error) {
	if err := requireAdmin(q, "list_users"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, u := range c.users.find(q.nameKey()...) {
		if inDomain(q) {
			items = append(items, userView(q, u))
		}
	}
	return keystoneList(q, "users", items), nil
}

func (c *Keystone) showUser(q *request) (any, error) {
	id := q.PathValue("id")
	if id != q.tok.User {
		if err := requireAdmin(q, "get_user"); err != nil {
			return nil, err
		}
	}
	u, ok := c.users.get(id)
	if !ok {
		return nil, fail(http.StatusNotFound, "Could not find user: %s.", id)
	}
	return obj{"user": userView(q, u)}, nil
}

func domainView(q *request) obj {
	return obj{"id": "default", "name": "Default", "description": "The default domain", "enabled": true, "tags": []string{},
		"options": obj{}, "links": obj{"self": q.host() + "/identity/v3/domains/default"}}
}

func listDomains(q *request) (any, error) {
	if err := requireAdmin(q, "list_domains"); err != nil {
		return nil, err
	}
	items := []obj{}
	if name := q.URL.Query().Get("name"); name == "" || name == "Default" {
		items = append(items, domainView(q))
	}
	return keystoneList(q, "domains", items), nil
}

func showDomain(q *request) (any, error) {
	if id := q.PathValue("id"); id != "default" {
		return nil, fail(http.StatusNotFound, "Could not find domain: %s.", id)
	}
	return obj{"domain": domainView(q)}, nil
}

func listServices(q *request) (any, error) {
	if err := requireAdmin(q, "list_services"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, e := range catalog(q, q.tok.Project) {
		items = append(items, obj{"id": e["id"], "name": e["name"], "type": e["type"], "enabled": true})
	}
	return keystoneList(q, "services", items), nil
}

func listEndpoints(q *request) (any, error) {
	if err := requireAdmin(q, "list_endpoints"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, e := range catalog(q, q.tok.Project) {
		for _, p := range e["endpoints"].([]obj) {
			items = append(items, obj{"id": p["id"], "interface": p["interface"], "url": p["url"], "region": "RegionOne",
				"region_id": "RegionOne", "service_id": e["id"], "enabled": true})
		}
	}
	return keystoneList(q, "endpoints", items), nil
}

func listRegions(q *request) (any, error) {
	region := obj{"id": "RegionOne", "description": "", "parent_region_id": nil}
	return keystoneList(q, "regions", []obj{region}), nil
}

// stableID is an id that is the same in every cloud.
func stableID(of string) string {
	return strings.ReplaceAll(uuid.NewSHA1(uuid.NameSpaceURL, []byte("devcloud:"+of)).String(), "-", "")
}

func roleID(name string) string { return stableID("role:" + name) }

// catalog lists the services where this request found them.
func catalog(q *request, project string) []obj {
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
