package compute

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

type ServerGroup struct {
	store.Meta
	User   string         `json:"user"`
	Policy string         `json:"policy"`
	Rules  map[string]any `json:"rules,omitempty"`
}

// Keys implements store.Object.
func (g *ServerGroup) Keys() []string { return []string{"project=" + g.Project, "name=" + g.Name} }

var groupPolicies = []string{"anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"}

// groupAPI serves /os-server-groups.
type groupAPI struct{ *Compute }

func (c groupAPI) groupRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /os-server-groups", http.StatusOK, c.listGroups),
		api.NewRoute("POST /os-server-groups", http.StatusOK, c.createGroup),
		api.NewRoute("GET /os-server-groups/{id}", http.StatusOK, c.showGroup),
		api.NewRoute("DELETE /os-server-groups/{id}", http.StatusNoContent, c.deleteGroup),
	}
}

func (c groupAPI) groupView(q *api.Request, g *ServerGroup) obj {
	members := []string{}
	for _, s := range c.Instances.Find("group=" + g.ID) {
		members = append(members, s.ID)
	}
	v := obj{"id": g.ID, "name": g.Name, "members": members}
	if q.Minor >= 13 {
		v["project_id"], v["user_id"] = g.Project, g.User
	}
	if q.Minor < 64 {
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

func (c groupAPI) listGroups(q *api.Request) (any, error) {
	found := c.Groups.Find("project=" + q.Token.Project)
	if q.Token.Admin && q.URL.Query().Has("all_projects") {
		found = c.Groups.Find()
	}
	part, _, err := api.Page(q, api.Listed(q, found), 1000, 1000, BadMarker)
	if err != nil {
		return nil, err
	}
	items := []obj{}
	for _, g := range part {
		items = append(items, c.groupView(q, g))
	}
	return obj{"server_groups": items}, nil
}

func (c groupAPI) createGroup(q *api.Request) (any, error) {
	var body struct {
		Group struct {
			Name     string         `json:"name"`
			Policy   string         `json:"policy"`
			Policies []string       `json:"policies"`
			Rules    map[string]any `json:"rules"`
		} `json:"server_group"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	in := body.Group
	if q.Minor < 64 && len(in.Policies) == 1 {
		in.Policy = in.Policies[0]
	}
	known := groupPolicies
	if q.Minor < 15 {
		known = groupPolicies[:2]
	}
	if !slices.Contains(known, in.Policy) {
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute policy. Value: %s. '%s' is not one of ['%s']", in.Policy, in.Policy,
			strings.Join(known, "', '"))
	}
	if c.Exceeds(q.Token.Project, "server_groups", c.Usage(q.Token.Project, "server_groups"), 1) {
		return nil, api.Fail(http.StatusForbidden, "Quota exceeded, too many server groups.")
	}
	g := &ServerGroup{Meta: store.Meta{ID: uuid.NewString(), Name: in.Name, Project: q.Token.Project, Created: q.Now},
		User: q.Token.User, Policy: in.Policy, Rules: in.Rules}
	q.Become("", &g.Meta, "", 0)
	c.Groups.Put(g)
	return obj{"server_group": c.groupView(q, g)}, nil
}

func (c groupAPI) ownGroup(q *api.Request) (*ServerGroup, error) {
	g, ok := c.Groups.Get(q.PathValue("id"))
	if !ok || !q.Sees(g.Project) {
		return nil, api.Fail(http.StatusNotFound, "Instance group %s could not be found.", q.PathValue("id"))
	}
	return g, nil
}

func (c groupAPI) showGroup(q *api.Request) (any, error) {
	g, err := c.ownGroup(q)
	if err != nil {
		return nil, err
	}
	return obj{"server_group": c.groupView(q, g)}, nil
}

func (c groupAPI) deleteGroup(q *api.Request) (any, error) {
	g, err := c.ownGroup(q)
	if err != nil {
		return nil, err
	}
	c.Groups.Remove(g.ID)
	return nil, nil
}
