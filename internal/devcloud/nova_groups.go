package devcloud

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

type serverGroup struct {
	meta
	User   string         `json:"user"`
	Policy string         `json:"policy"`
	Rules  map[string]any `json:"rules,omitempty"`
}

func (g *serverGroup) keys() []string { return []string{"project=" + g.Project, "name=" + g.Name} }

var groupPolicies = []string{"anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"}

// groupAPI serves /os-server-groups.
type groupAPI struct{ *Compute }

func (c groupAPI) groupRoutes() []route {
	return []route{
		newRoute("GET /os-server-groups", http.StatusOK, c.listGroups),
		newRoute("POST /os-server-groups", http.StatusOK, c.createGroup),
		newRoute("GET /os-server-groups/{id}", http.StatusOK, c.showGroup),
		newRoute("DELETE /os-server-groups/{id}", http.StatusNoContent, c.deleteGroup),
	}
}

func (c groupAPI) groupView(q *request, g *serverGroup) obj {
	members := []string{}
	for _, s := range c.servers.find("group=" + g.ID) {
		members = append(members, s.ID)
	}
	v := obj{"id": g.ID, "name": g.Name, "members": members}
	if q.minor >= 13 {
		v["project_id"], v["user_id"] = g.Project, g.User
	}
	if q.minor < 64 {
		v["policies"], v["metadata"] = []string{g.Policy}, obj{}
		return v
	}
	rules := g.Rules
	if rules == nil {
		rules = obj{}
	}
	v["policy"], v["rules"] = g.Policy, rules
	return v
}

func (c groupAPI) listGroups(q *request) (any, error) {
	found := c.groups.find("project=" + q.tok.Project)
	if q.tok.Admin && q.URL.Query().Has("all_projects") {
		found = c.groups.find()
	}
	part, _, err := page(q, listed(q, found), 1000, 1000, badMarker)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, g := range part {
		items = append(items, c.groupView(q, g))
	}
	return obj{"server_groups": items}, nil
}

func (c groupAPI) createGroup(q *request) (any, error) {
	var body struct {
		Group struct {
			Name     string         `json:"name"`
			Policy   string         `json:"policy"`
			Policies []string       `json:"policies"`
			Rules    map[string]any `json:"rules"`
		} `json:"server_group"`
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	in := body.Group
	if q.minor < 64 && len(in.Policies) == 1 {
		in.Policy = in.Policies[0]
	}
	known := groupPolicies
	if q.minor < 15 {
		known = groupPolicies[:2]
	}
	if !slices.Contains(known, in.Policy) {
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute policy. Value: %s. '%s' is not one of ['%s']", in.Policy, in.Policy, strings.Join(known, "', '"))
	}
	if c.exceeds(q.tok.Project, "server_groups", c.usage(q.tok.Project, "server_groups"), 1) {
		return nil, fail(http.StatusForbidden, "Quota exceeded, too many server groups.")
	}
	g := &serverGroup{meta: meta{ID: uuid.NewString(), Name: in.Name, Project: q.tok.Project, Created: q.now}, User: q.tok.User, Policy: in.Policy, Rules: in.Rules}
	q.made("", &g.meta, "", 0)
	c.groups.put(g)
	return obj{"server_group": c.groupView(q, g)}, nil
}

func (c groupAPI) ownGroup(q *request) (*serverGroup, error) {
	g, ok := c.groups.get(q.PathValue("id"))
	if !ok || !q.sees(g.Project) {
		return nil, fail(http.StatusNotFound, "Instance group %s could not be found.", q.PathValue("id"))
	}
	return g, nil
}

func (c groupAPI) showGroup(q *request) (any, error) {
	g, err := c.ownGroup(q)
	if err != nil {
		return nil, err
	}
	return obj{"server_group": c.groupView(q, g)}, nil
}

func (c groupAPI) deleteGroup(q *request) (any, error) {
	g, err := c.ownGroup(q)
	if err != nil {
		return nil, err
	}
	c.groups.remove(g.ID)
	return nil, nil
}
