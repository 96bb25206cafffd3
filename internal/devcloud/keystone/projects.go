package keystone

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// Project is a project of keystone. Extra are attributes that keystone does not know: it
// keeps and lists them.
type Project struct {
	store.Meta
	Disabled bool           `json:"disabled,omitempty"`
	Extra    map[string]any `json:"extra,omitempty"`
}

// Keys implements store.Object.
func (p *Project) Keys() []string { return []string{"name=" + p.Name} }

// domain is the id of the only domain.
const domain = "default"

func (c *Keystone) projectRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /projects", http.StatusOK, c.listProjects),
		api.NewRoute("POST /projects", http.StatusCreated, c.createProject),
		api.NewRoute("GET /projects/{id}", http.StatusOK, c.showProject),
		api.NewRoute("PATCH /projects/{id}", http.StatusOK, c.updateProject),
		api.NewRoute("DELETE /projects/{id}", http.StatusNoContent, c.deleteProject),
	}
}

func projectView(q *api.Request, p *Project) obj {
	v := obj{}
	maps.Copy(v, p.Extra)
	maps.Copy(v, obj{"id": p.ID, "name": p.Name, "domain_id": domain, "description": p.Description,
		"enabled": !p.Disabled, "parent_id": domain, "is_domain": false, "tags": append([]string{}, p.Tags...),
		"options": obj{}, "links": obj{"self": q.BaseURL() + "/identity/v3/projects/" + p.ID}})
	return v
}

func (c *Keystone) listProjects(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_projects"); err != nil {
		return nil, err
	}
	items := []obj{}
	var tags []string
	if want := q.URL.Query().Get("tags"); want != "" {
		tags = strings.Split(want, ",")
	}
	for _, p := range api.Listed(q, c.Projects.Find(q.NameKey()...)) {
		lacks := func(tag string) bool { return !slices.Contains(p.Tags, tag) }
		if inDomain(q) && !slices.ContainsFunc(tags, lacks) {
			items = append(items, projectView(q, p))
		}
	}
	return listBody(q, "projects", items), nil
}

// inDomain reports whether a list includes the only domain.
func inDomain(q *api.Request) bool {
	want := q.URL.Query().Get("domain_id")
	return want == "" || want == domain
}

func noProject(id string) error {
	return api.Fail(http.StatusNotFound, "Could not find project: %s.", id)
}

func (c *Keystone) showProject(q *api.Request) (any, error) {
	id := q.PathValue("id")
	if id != q.Token.Project {
		if err := requireAdmin(q, "get_project"); err != nil {
			return nil, err
		}
	}
	p, ok := c.Projects.Get(id)
	if !ok {
		return nil, noProject(id)
	}
	return obj{"project": projectView(q, p)}, nil
}

// projectBody is a project in a request. Attributes that it lacks are extra.
type projectBody struct {
	Name        string   `json:"name"`
	Domain      string   `json:"domain_id"`
	Parent      string   `json:"parent_id"`
	Description *string  `json:"description"`
	Enabled     *bool    `json:"enabled"`
	IsDomain    bool     `json:"is_domain"`
	Tags        []string `json:"tags"`
	Options     obj      `json:"options"`
}

// readProject reads and checks the body of a request about a project. Attributes that
// keystone does not know are extra.
func readProject(q *api.Request) (in projectBody, extra map[string]any, err error) {
	var body struct {
		Project json.RawMessage `json:"project"`
	}
	if err := q.Decode(&body); err != nil {
		return in, nil, err
	}
	if json.Unmarshal(body.Project, &in) != nil || json.Unmarshal(body.Project, &extra) != nil {
		return in, nil, api.Fail(http.StatusBadRequest, "Expecting to find project in request body.")
	}
	for _, known := range []string{"name", "domain_id", "parent_id", "description", "enabled", "is_domain", "tags",
		"options"} {
		delete(extra, known)
	}
	for i, tag := range in.Tags {
		if tag == "" || strings.ContainsAny(tag, ",/") {
			return in, nil, api.Fail(http.StatusBadRequest,
				"Invalid input for field 'tags/%d': '%s' does not match '^[^,/]*$'", i, tag)
		}
	}
	if len(in.Name) > 64 {
		return in, nil, api.Fail(http.StatusBadRequest, "Invalid input for field 'name': '%s' is too long", in.Name)
	}
	return in, extra, nil
}

func (c *Keystone) createProject(q *api.Request) (any, error) {
	if err := requireAdmin(q, "create_project"); err != nil {
		return nil, err
	}
	in, extra, err := readProject(q)
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(in.Name) == "":
		return nil, api.Fail(http.StatusBadRequest, "Invalid input for field 'name': '%s' does not match '[\\S]+'",
			in.Name)
	case in.Domain != "" && in.Domain != domain:
		return nil, api.Fail(http.StatusBadRequest, "Could not find domain: %s.", in.Domain)
	}
	if err := c.projectNameTaken(in.Name, ""); err != nil {
		return nil, err
	}
	p := &Project{Meta: store.Meta{ID: api.HexID(), Name: in.Name, Tags: in.Tags, Created: q.Now}, Extra: extra}
	p.amend(in)
	q.Become("", &p.Meta, "", 0)
	c.Projects.Put(p)
	return obj{"project": projectView(q, p)}, nil
}

func (c *Keystone) projectNameTaken(name, by string) error {
	for _, p := range c.Projects.Find("name=" + name) {
		if p.ID != by {
			return api.Fail(http.StatusConflict,
				"Conflict occurred attempting to store project - it is not permitted to have two projects with "+
					"either the same name or same id in the same domain: name is %s, project id %s.", name, api.HexID())
		}
	}
	return nil
}

func (p *Project) amend(in projectBody) {
	if in.Description != nil {
		p.Description = *in.Description
	}
	if in.Enabled != nil {
		p.Disabled = !*in.Enabled
	}
}

func (c *Keystone) updateProject(q *api.Request) (any, error) {
	if err := requireAdmin(q, "update_project"); err != nil {
		return nil, err
	}
	old, ok := c.Projects.Get(q.PathValue("id"))
	if !ok {
		return nil, noProject(q.PathValue("id"))
	}
	in, extra, err := readProject(q)
	if err != nil {
		return nil, err
	}
	if in.Name != "" {
		if err := c.projectNameTaken(in.Name, old.ID); err != nil {
			return nil, err
		}
		old.Name = in.Name
	}
	if in.Tags != nil {
		old.Tags = in.Tags
	}
	all := maps.Clone(old.Extra)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, extra)
	old.Extra = all
	old.amend(in)
	c.Projects.Put(old)
	return obj{"project": projectView(q, old)}, nil
}

// deleteProject removes a project with its role assignments and nothing else. What it has
// at other services stays, as with keystone.
func (c *Keystone) deleteProject(q *api.Request) (any, error) {
	if err := requireAdmin(q, "delete_project"); err != nil {
		return nil, err
	}
	id := q.PathValue("id")
	if _, ok := c.Projects.Get(id); !ok {
		return nil, noProject(id)
	}
	for _, u := range c.Users.Find() {
		if u.Roles[id] != nil {
			u.Roles = withoutProject(u.Roles, id)
			c.Users.Put(u)
		}
	}
	for _, g := range c.UserGroups.Find() {
		if g.Roles[id] != nil {
			g.Roles = withoutProject(g.Roles, id)
			c.UserGroups.Put(g)
		}
	}
	c.Projects.Remove(id)
	return nil, nil
}

func withoutProject(roles map[string][]string, project string) map[string][]string {
	roles = maps.Clone(roles)
	delete(roles, project)
	return roles
}
