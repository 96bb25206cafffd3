package devcloud

import (
	"maps"
	"net/http"
	"slices"
)

// userGroup is a group of users. Who is in it is not modelled: it can be given roles.
type userGroup struct {
	meta
	Roles map[string][]string `json:"roles,omitempty"` // by project
}

func (g *userGroup) keys() []string { return []string{"name=" + g.Name} }

// roleNames are the roles that there are.
var roleNames = []string{"admin", "member", "reader"}

func (c *Keystone) roleRoutes() []route {
	routes := []route{
		newRoute("GET /roles", http.StatusOK, listRoles),
		newRoute("GET /roles/{id}", http.StatusOK, showRole),
		newRoute("GET /role_assignments", http.StatusOK, c.listAssignments),
		newRoute("GET /groups", http.StatusOK, c.listUserGroups),
		newRoute("POST /groups", http.StatusCreated, c.createUserGroup),
		newRoute("GET /groups/{id}", http.StatusOK, c.showUserGroup),
		newRoute("DELETE /groups/{id}", http.StatusNoContent, c.deleteUserGroup),
	}
	for _, who := range []string{"users", "groups"} {
		at := " /projects/{id}/" + who + "/{actor}/roles/{role}"
		change := func(give bool) handler {
			return func(q *request) (any, error) { return nil, c.changeRole(q, who, give) }
		}
		routes = append(routes, newRoute("PUT"+at, http.StatusNoContent, change(true)), newRoute("DELETE"+at, http.StatusNoContent, change(false)))
	}
	return routes
}

func userGroupView(q *request, g *userGroup) obj {
	return obj{"id": g.ID, "name": g.Name, "domain_id": domain, "description": g.Description, "links": obj{"self": q.host() + "/identity/v3/groups/" + g.ID}}
}

func (c *Keystone) listUserGroups(q *request) (any, error) {
	if err := requireAdmin(q, "list_groups"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, g := range c.userGroups.find(q.nameKey()...) {
		if inDomain(q) {
			items = append(items, userGroupView(q, g))
		}
	}
	return keystoneList(q, "groups", items), nil
}

func (c *Keystone) createUserGroup(q *request) (any, error) {
	if err := requireAdmin(q, "create_group"); err != nil {
		return nil, err
	}
	var body struct {
		Group struct{ Name, Description string }
	}
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	if len(c.userGroups.find("name="+body.Group.Name)) > 0 {
		return nil, fail(http.StatusConflict, "Conflict occurred attempting to store group - Duplicate entry found with name %s at domain ID default.", body.Group.Name)
	}
	g := &userGroup{meta: meta{ID: hexID(), Name: body.Group.Name, Description: body.Group.Description, Created: q.now}}
	c.userGroups.put(g)
	return obj{"group": userGroupView(q, g)}, nil
}

func (c *Keystone) showUserGroup(q *request) (any, error) {
	if err := requireAdmin(q, "get_group"); err != nil {
		return nil, err
	}
	g, ok := c.userGroups.get(q.PathValue("id"))
	if !ok {
		return nil, fail(http.StatusNotFound, "Could not find group: %s.", q.PathValue("id"))
	}
	return obj{"group": userGroupView(q, g)}, nil
}

func (c *Keystone) deleteUserGroup(q *request) (any, error) {
	if err := requireAdmin(q, "delete_group"); err != nil {
		return nil, err
	}
	if _, err := c.showUserGroup(q); err != nil {
		return nil, err
	}
	c.userGroups.remove(q.PathValue("id"))
	return nil, nil
}

func roleView(q *request, name string) obj {
	return obj{"id": roleID(name), "name": name, "domain_id": nil, "description": nil,
		"options": obj{"immutable": true}, "links": obj{"self": q.host() + "/identity/v3/roles/" + roleID(name)}}
}

func listRoles(q *request) (any, error) {
	if err := requireAdmin(q, "list_roles"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, name := range roleNames {
		if want := q.URL.Query().Get("name"); want == "" || want == name {
			items = append(items, roleView(q, name))
		}
	}
	return keystoneList(q, "roles", items), nil
}

// roleOf is the name of the role with an id, or "".
func roleOf(id string) string {
	for _, name := range roleNames {
		if roleID(name) == id {
			return name
		}
	}
	return ""
}

func noRole(id string) error { return fail(http.StatusNotFound, "Could not find role: %s.", id) }

func showRole(q *request) (any, error) {
	if err := requireAdmin(q, "get_role"); err != nil {
		return nil, err
	}
	name := roleOf(q.PathValue("id"))
	if name == "" {
		return nil, noRole(q.PathValue("id"))
	}
	return obj{"role": roleView(q, name)}, nil
}

// changeRole gives a user or a group a role in a project, or takes it away. Giving it
// again changes nothing; taking away what nobody has is a 404.
func (c *Keystone) changeRole(q *request, who string, give bool) error {
	if err := requireAdmin(q, "create_grant"); err != nil {
		return err
	}
	project, actor, role := q.PathValue("id"), q.PathValue("actor"), roleOf(q.PathValue("role"))
	if _, ok := c.projects.get(project); !ok {
		return noProject(project)
	}
	if role == "" {
		return noRole(q.PathValue("role"))
	}
	if who == "groups" {
		g, ok := c.userGroups.get(actor)
		if !ok {
			return fail(http.StatusNotFound, "Could not find group: %s.", actor)
		}
		roles, err := changed(q, g.Roles, project, actor, role, give)
		if err != nil {
			return err
		}
		g.Roles = roles
		c.userGroups.put(g)
		return nil
	}
	u, ok := c.users.get(actor)
	if !ok {
		return fail(http.StatusNotFound, "Could not find user: %s.", actor)
	}
	roles, err := changed(q, u.Roles, project, actor, role, give)
	if err != nil {
		return err
	}
	u.Roles = roles
	c.users.put(u)
	return nil
}

// changed are the roles of somebody after a change.
func changed(q *request, roles map[string][]string, project, actor, role string, give bool) (map[string][]string, error) {
	has := slices.Contains(roles[project], role)
	if !give && !has {
		return nil, fail(http.StatusNotFound, "Could not find role assignment with role: %s, user or group: %s, project, domain, or system: %s.", q.PathValue("role"), actor, project)
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

func (c *Keystone) listAssignments(q *request) (any, error) {
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
				at := q.host() + "/identity/v3/projects/" + project + "/" + kind + "s/" + who + "/roles/" + roleID(role)
				items = append(items, obj{"links": obj{"assignment": at}, "scope": obj{"project": obj{"id": project}}, kind: obj{"id": who}, "role": obj{"id": roleID(role)}})
			}
		}
	}
	for _, u := range c.users.find() {
		add("user", u.ID, u.Roles)
	}
	for _, g := range c.userGroups.find() {
		add("group", g.ID, g.Roles)
	}
	return keystoneList(q, "role_assignments", items), nil
}
