package keystone

import (
	"maps"
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
)

// roleNames are all roles.
var roleNames = []string{"admin", "member", "reader"}

func (c *Keystone) roleRoutes() []api.Route {
	routes := []api.Route{
		api.NewRoute("GET /roles", http.StatusOK, listRoles),
		api.NewRoute("GET /roles/{id}", http.StatusOK, showRole),
		api.NewRoute("GET /role_assignments", http.StatusOK, c.listAssignments),
		api.NewRoute("GET /groups", http.StatusOK, c.listUserGroups),
		api.NewRoute("POST /groups", http.StatusCreated, c.createUserGroup),
		api.NewRoute("GET /groups/{id}", http.StatusOK, c.showUserGroup),
		api.NewRoute("DELETE /groups/{id}", http.StatusNoContent, c.deleteUserGroup),
	}
	for _, who := range []string{"users", "groups"} {
		at := " /projects/{id}/" + who + "/{actor}/roles/{role}"
		change := func(give bool) api.Handler {
			return func(q *api.Request) (any, error) { return nil, c.changeRole(q, who, give) }
		}
		routes = append(routes, api.NewRoute("PUT"+at, http.StatusNoContent, change(true)),
			api.NewRoute("DELETE"+at, http.StatusNoContent, change(false)))
	}
	return routes
}

func roleView(q *api.Request, name string) obj {
	return obj{"id": roleID(name), "name": name, "domain_id": nil, "description": nil,
		"options": obj{"immutable": true}, "links": obj{"self": q.BaseURL() + "/identity/v3/roles/" + roleID(name)}}
}

func listRoles(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_roles"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, name := range roleNames {
		if want := q.URL.Query().Get("name"); want == "" || want == name {
			items = append(items, roleView(q, name))
		}
	}
	return listBody(q, "roles", items), nil
}

// findRole returns the name of the role with an id, or "".
func findRole(id string) string {
	for _, name := range roleNames {
		if roleID(name) == id {
			return name
		}
	}
	return ""
}

func noRole(id string) error { return api.Fail(http.StatusNotFound, "Could not find role: %s.", id) }

func showRole(q *api.Request) (any, error) {
	if err := requireAdmin(q, "get_role"); err != nil {
		return nil, err
	}
	name := findRole(q.PathValue("id"))
	if name == "" {
		return nil, noRole(q.PathValue("id"))
	}
	return obj{"role": roleView(q, name)}, nil
}

// changeRole grants a role in a project to a user or a group, or revokes it. Granting it
// again changes nothing; revoking what nobody has is a 404.
func (c *Keystone) changeRole(q *api.Request, who string, give bool) error {
	if err := requireAdmin(q, "create_grant"); err != nil {
		return err
	}
	project, actor, role := q.PathValue("id"), q.PathValue("actor"), findRole(q.PathValue("role"))
	if _, ok := c.Projects.Get(project); !ok {
		return noProject(project)
	}
	if role == "" {
		return noRole(q.PathValue("role"))
	}
	if who == "groups" {
		g, ok := c.UserGroups.Get(actor)
		if !ok {
			return api.Fail(http.StatusNotFound, "Could not find group: %s.", actor)
		}
		roles, err := changeRoles(q, g.Roles, project, actor, role, give)
		if err != nil {
			return err
		}
		g.Roles = roles
		c.UserGroups.Put(g)
		return nil
	}
	u, ok := c.Users.Get(actor)
	if !ok {
		return api.Fail(http.StatusNotFound, "Could not find user: %s.", actor)
	}
	roles, err := changeRoles(q, u.Roles, project, actor, role, give)
	if err != nil {
		return err
	}
	u.Roles = roles
	c.Users.Put(u)
	return nil
}

// changeRoles returns the roles of a user after one was granted or revoked. Revoking a
// role that was not granted is a 404.
func changeRoles(
	q *api.Request, roles map[string][]string, project, actor, role string, give bool,
) (map[string][]string, error) {
	has := slices.Contains(roles[project], role)
	if !give && !has {
		return nil, api.Fail(http.StatusNotFound,
			"Could not find role assignment with role: %s, user or group: %s, project, domain, or system: %s.",
			q.PathValue("role"), actor, project)
	}
	after := maps.Clone(roles)
	if after == nil {
		after = map[string][]string{}
	}
	kept := slices.DeleteFunc(slices.Clone(roles[project]), func(r string) bool { return r == role })
	if give {
		kept = append(kept, role)
	}
	if after[project] = kept; len(kept) == 0 {
		delete(after, project)
	}
	return after, nil
}

func (c *Keystone) listAssignments(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_role_assignments"); err != nil {
		return nil, err
	}
	items := []obj{}
	add := func(kind, who string, roles map[string][]string) {
		for _, project := range slices.Sorted(maps.Keys(roles)) {
			if want := q.URL.Query().Get("scope.project.id"); want != "" && want != project {
				continue
			}
			for _, role := range roles[project] {
				at := q.BaseURL() + "/identity/v3/projects/" + project + "/" + kind + "s/" + who + "/roles/" +
					roleID(role)
				items = append(items, obj{"links": obj{"assignment": at}, "scope": obj{"project": obj{"id": project}},
					kind: obj{"id": who}, "role": obj{"id": roleID(role)}})
			}
		}
	}
	for _, u := range c.Users.Find() {
		add("user", u.ID, u.Roles)
	}
	for _, g := range c.UserGroups.Find() {
		add("group", g.ID, g.Roles)
	}
	return listBody(q, "role_assignments", items), nil
}
