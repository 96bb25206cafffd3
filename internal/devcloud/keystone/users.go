package keystone

import (
	"net/http"
	"slices"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// User is a row of keystone.
type User struct {
	store.Meta
	Password string              `json:"password"`
	Roles    map[string][]string `json:"roles"` // by project
}

// Keys implements store.Object.
func (u *User) Keys() []string { return []string{"name=" + u.Name} }

func userView(q *api.Request, u *User) obj {
	return obj{"id": u.ID, "name": u.Name, "domain_id": "default", "enabled": true, "password_expires_at": nil,
		"options": obj{}, "links": obj{"self": q.BaseURL() + "/identity/v3/users/" + u.ID}}
}

func (c *Keystone) listOwnProjects(q *api.Request) (any, error) {
	u, _ := c.Users.Get(q.Token.User)
	items := []obj{}
	for _, p := range c.Projects.Find() {
		if len(u.Roles[p.ID]) > 0 {
			items = append(items, projectView(q, p))
		}
	}
	return listBody(q, "projects", items), nil
}

func (c *Keystone) listUsers(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_users"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, u := range c.Users.Find(q.NameKey()...) {
		if inDomain(q) {
			items = append(items, userView(q, u))
		}
	}
	return listBody(q, "users", items), nil
}

func (c *Keystone) showUser(q *api.Request) (any, error) {
	id := q.PathValue("id")
	if id != q.Token.User {
		if err := requireAdmin(q, "get_user"); err != nil {
			return nil, err
		}
	}
	u, ok := c.Users.Get(id)
	if !ok {
		return nil, api.Fail(http.StatusNotFound, "Could not find user: %s.", id)
	}
	return obj{"user": userView(q, u)}, nil
}

// roles returns the user's roles in the project, including implied ones.
func (u *User) roles(project string) []string {
	names := slices.Clone(u.Roles[project])
	if slices.Contains(names, "admin") && !slices.Contains(names, "member") {
		names = append(names, "member")
	}
	if len(names) > 0 {
		names = append(names, "reader")
	}
	return names
}
