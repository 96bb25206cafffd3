// Package keystone exists so that clients can log in: it is the identity API (v3) with
// projects, users, groups, roles, application credentials and tokens.
//
// It may import store and api.
package keystone

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// obj is an object of JSON.
type obj = map[string]any

// Password is the password of every user of the start content.
const Password = "devcloud"

// Keystone serves the identity API: projects, users, roles and tokens.
type Keystone struct {
	*store.Store
	Projects    *store.Table[*Project]
	Users       *store.Table[*User]
	UserGroups  *store.Table[*UserGroup]
	credentials *store.Table[*credential]
}

// New returns keystone with its tables in the store.
func New(s *store.Store) *Keystone {
	return &Keystone{
		Store:       s,
		Projects:    store.NewTable(s, "project", func() *Project { return &Project{} }),
		Users:       store.NewTable(s, "user", func() *User { return &User{} }),
		UserGroups:  store.NewTable(s, "group", func() *UserGroup { return &UserGroup{} }),
		credentials: store.NewTable(s, "application-credential", func() *credential { return &credential{} }),
	}
}

// Routes lists the calls of keystone.
func (c *Keystone) Routes() []api.Route {
	return slices.Concat(c.projectRoutes(), c.roleRoutes(), []api.Route{
		api.OpenRoute("GET ^/{$}", http.StatusMultipleChoices, listVersions),
		api.OpenRoute("GET ^/v3", http.StatusOK, showVersion),
		api.OpenRoute("POST /auth/tokens", http.StatusCreated, c.issueToken),
		api.NewRoute("GET /auth/tokens", http.StatusOK, c.showToken),
		api.NewRoute("HEAD /auth/tokens", http.StatusOK, c.showToken),
		api.NewRoute("DELETE /auth/tokens", http.StatusNoContent, c.revokeToken),
		api.NewRoute("GET /auth/catalog", http.StatusOK,
			func(q *api.Request) (any, error) { return obj{"catalog": serviceCatalog(q, q.Token.Project)}, nil }),
		api.NewRoute("GET /auth/projects", http.StatusOK, c.listOwnProjects),
		api.NewRoute("GET /auth/domains", http.StatusOK,
			func(q *api.Request) (any, error) { return listBody(q, "domains", []obj{}), nil }),
		api.NewRoute("GET /users", http.StatusOK, c.listUsers),
		api.NewRoute("GET /users/{id}", http.StatusOK, c.showUser),
		api.NewRoute("GET /users/{id}/projects", http.StatusOK, c.listOwnProjects),
		api.NewRoute("GET /domains", http.StatusOK, listDomains),
		api.NewRoute("GET /domains/{id}", http.StatusOK, showDomain),
		api.NewRoute("GET /services", http.StatusOK, listServices),
		api.NewRoute("GET /endpoints", http.StatusOK, listEndpoints),
		api.NewRoute("GET /regions", http.StatusOK, listRegions),
		api.NewRoute("GET /users/{id}/application_credentials", http.StatusOK, c.listCredentials),
		api.NewRoute("POST /users/{id}/application_credentials", http.StatusCreated, c.createCredential),
		api.NewRoute("GET /users/{id}/application_credentials/{cred}", http.StatusOK, c.showCredential),
		api.NewRoute("DELETE /users/{id}/application_credentials/{cred}", http.StatusNoContent, c.deleteCredential),
	})
}

func identityVersion(q *api.Request) obj {
	return obj{"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
		"links":       []obj{{"rel": "self", "href": q.BaseURL() + "/identity/v3/"}},
		"media-types": []obj{{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}}}
}

func listVersions(q *api.Request) (any, error) {
	q.AnswerHeader.Set("Location", q.BaseURL()+"/identity/v3/")
	return obj{"versions": obj{"values": []obj{identityVersion(q)}}}, nil
}

func showVersion(q *api.Request) (any, error) { return obj{"version": identityVersion(q)}, nil }

// listBody returns the body of a collection of keystone.
func listBody(q *api.Request, name string, items []obj) obj {
	self := q.Self()
	if q.URL.RawQuery != "" {
		self += "?" + q.URL.RawQuery
	}
	return obj{name: items, "links": obj{"next": nil, "self": self, "previous": nil}}
}

// requireAdmin refuses requests of anybody but administrators.
func requireAdmin(q *api.Request, rule string) error {
	if q.Token.Admin {
		return nil
	}
	return api.Fail(http.StatusForbidden, "You are not authorized to perform the requested action: identity:%s.", rule)
}

func domainView(q *api.Request) obj {
	return obj{"id": "default", "name": "Default", "description": "The default domain", "enabled": true,
		"tags": []string{}, "options": obj{}, "links": obj{"self": q.BaseURL() + "/identity/v3/domains/default"}}
}

func listDomains(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_domains"); err != nil {
		return nil, err
	}
	items := []obj{}
	if name := q.URL.Query().Get("name"); name == "" || name == "Default" {
		items = append(items, domainView(q))
	}
	return listBody(q, "domains", items), nil
}

func showDomain(q *api.Request) (any, error) {
	if id := q.PathValue("id"); id != "default" {
		return nil, api.Fail(http.StatusNotFound, "Could not find domain: %s.", id)
	}
	return obj{"domain": domainView(q)}, nil
}

func roleID(name string) string { return api.StableID("role:" + name) }
