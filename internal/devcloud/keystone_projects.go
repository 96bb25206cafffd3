package devcloud

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// project is a project of keystone. Extra are attributes that keystone does not know:
// it keeps and lists them.
type project struct {
	meta
	Disabled bool           `json:"disabled,omitempty"`
	Extra    map[string]any `json:"extra,omitempty"`
}

func (p *project) keys() []string { return []string{"name=" + p.Name} }

// domain is the only one there is.
const domain = "default"

func (c *Keystone) projectRoutes() []route {
	return []route{
		newRoute("GET /projects", http.StatusOK, c.listProjects),
		newRoute("POST /projects", http.StatusCreated, c.createProject),
		newRoute("GET /projects/{id}", http.StatusOK, c.showProject),
		newRoute("PATCH /projects/{id}", http.StatusOK, c.updateProject),
		newRoute("DELETE /projects/{id}", http.StatusNoContent, c.deleteProject),
	}
}

func projectView(q *request, p *project) obj {
	v := obj{}
	maps.Copy(v, p.Extra)
	maps.Copy(v, obj{"id": p.ID, "name": p.Name, "domain_id": domain, "description": p.Description, "enabled": !p.Disabled,
		"parent_id": domain, "is_domain": false, "tags": append([]string{}, p.Tags...), "options": obj{},
		"links": obj{"self": q.host() + "/identity/v3/projects/" + p.ID}})
	return v
}

func (c *Keystone) listProjects(q *request) (any, error) {
	if err := requireAdmin(q, "list_projects"); err != nil {
		return nil, err
	}
	items := []obj{}
	var tags []string
	if want := q.URL.Query().Get("tags"); want != "" {
		tags = strings.Split(want, ",")
	}
	for _, p := range listed(q, c.projects.find(q.nameKey()...)) {
		lacks := func(tag string) bool { return !slices.Contains(p.Tags, tag) }
		if inDomain(q) && !slices.ContainsFunc(tags, lacks) {
			items = append(items, projectView(q, p))
		}
	}
	return keystoneList(q, "projects", items), nil
}

// inDomain reports whether a list is of the domain that there is, or of all.
func inDomain(q *request) bool {
	want := q.URL.Query().Get("domain_id")
	return want == "" || want == domain
}

func noProject(id string) error {
	return fail(http.StatusNotFound, "Could not find project: %s.", id)
}

func (c *Keystone) showProject(q *request) (any, error) {
	id := q.PathValue("id")
	if id != q.tok.Project {
		if err := requireAdmin(q, "get_project"); err != nil {
			return nil, err
		}
	}
	p, ok := c.projects.get(id)
	if !ok {
		return nil, noProject(id)
	}
	return obj{"project": projectView(q, p)}, nil
}

// projectBody is what a request says of a project; what it does not know is Extra.
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

func readProject(q *request) (in projectBody, extra map[string]any, err error) {
	var body struct {
		Project json.RawMessage `json:"project"`
	}
	if err := q.decode(&body); err != nil {
		return in, nil, err
	}
	if json.Unmarshal(body.Project, &in) != nil || json.Unmarshal(body.Project, &extra) != nil {
		return in, nil, fail(http.StatusBadRequest, "Expecting to find project in request body.")
	}
	for _, known := range []string{"name", "domain_id", "parent_id", "description", "enabled", "is_domain", "tags", "options"} {
		delete(extra, known)
	}
	for i, tag := range in.Tags {
		if tag == "" || strings.ContainsAny(tag, ",/") {
			return in, nil, fail(http.StatusBadRequest, "Invalid input for field 'tags/%d': '%s' does not match '^[^,/]*$'", i, tag)
		}
	}
	if len(in.Name) > 64 {
		return in, nil, fail(http.StatusBadRequest, "Invalid input for field 'name': '%s' is too long", in.Name)
	}
	return in, extra, nil
}

func (c *Keystone) createProject(q *request) (any, error) {
	if err := requireAdmin(q, "create_project"); err != nil {
		return nil, err
	}
	in, extra, err := readProject(q)
	switch {
	case err != nil:
		return nil, err
	case strings.TrimSpace(in.Name) == "":
		return nil, fail(http.StatusBadRequest, "Invalid input for field 'name': '%s' does not match '[\\S]+'", in.Name)
	case in.Domain != "" && in.Domain != domain:
		return nil, fail(http.StatusBadRequest, "Could not find domain: %s.", in.Domain)
	}
	if err := c.projectNameTaken(in.Name, ""); err != nil {
		return nil, err
	}
	p := &project{meta: meta{ID: hexID(), Name: in.Name, Tags: in.Tags, Created: q.now}, Extra: extra}
	p.amend(in)
	q.made("", &p.meta, "", 0)
	c.projects.put(p)
	return obj{"project": projectView(q, p)}, nil
}

func (c *Keystone) projectNameTaken(name, by string) error {
	for _, p := range c.projects.find("name=" + name) {
		if p.ID != by {
			return fail(http.StatusConflict, "Conflict occurred attempting to store project - it is not permitted to have two projects with either the same name or same id in the same domain: name is %s, project id %s.", name, hexID())
		}
	}
	return nil
}

func (p *project) amend(in projectBody) {
	if in.Description != nil {
		p.Description = *in.Description
	}
	if in.Enabled != nil {
		p.Disabled = !*in.Enabled
	}
}

func (c *Keystone) updateProject(q *request) (any, error) {
	if err := requireAdmin(q, "update_project"); err != nil {
		return nil, err
	}
	old, ok := c.projects.get(q.PathValue("id"))
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
	c.projects.put(old)
	return obj{"project": projectView(q, old)}, nil
}

// deleteProject removes a project with its role assignments and nothing else: what
// is in it at other services stays, as it does with keystone.
func (c *Keystone) deleteProject(q *request) (any, error) {
	if err := requireAdmin(q, "delete_project"); err != nil {
		return nil, err
	}
	id := q.PathValue("id")
	if _, ok := c.projects.get(id); !ok {
		return nil, noProject(id)
	}
	for _, u := range c.users.find() {
		if u.Roles[id] != nil {
			u.Roles = without(u.Roles, id)
			c.users.put(u)
		}
	}
	for _, g := range c.userGroups.find() {
		if g.Roles[id] != nil {
			g.Roles = without(g.Roles, id)
			c.userGroups.put(g)
		}
	}
	c.projects.remove(id)
	return nil, nil
}

func without(roles map[string][]string, project string) map[string][]string {
	roles = maps.Clone(roles)
	delete(roles, project)
	return roles
}
