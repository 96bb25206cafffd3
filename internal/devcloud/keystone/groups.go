package keystone

import (
	"net/http"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// UserGroup is a group of users. It can have roles; its members are not modelled.
type UserGroup struct {
	store.Meta
	Roles map[string][]string `json:"roles,omitempty"` // by project
}

// Keys implements store.Object.
func (g *UserGroup) Keys() []string { return []string{"name=" + g.Name} }

func userGroupView(q *api.Request, g *UserGroup) obj {
	return obj{"id": g.ID, "name": g.Name, "domain_id": domain, "description": g.Description,
		"links": obj{"self": q.BaseURL() + "/identity/v3/groups/" + g.ID}}
}

func (c *Keystone) listUserGroups(q *api.Request) (any, error) {
	if err := requireAdmin(q, "list_groups"); err != nil {
		return nil, err
	}
	items := []obj{}
	for _, g := range c.UserGroups.Find(q.NameKey()...) {
		if inDomain(q) {
			items = append(items, userGroupView(q, g))
		}
	}
	return listBody(q, "groups", items), nil
}

func (c *Keystone) createUserGroup(q *api.Request) (any, error) {
	if err := requireAdmin(q, "create_group"); err != nil {
		return nil, err
	}
	var body struct {
		Group struct{ Name, Description string }
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	if len(c.UserGroups.Find("name="+body.Group.Name)) > 0 {
		return nil, api.Fail(http.StatusConflict,
			"Conflict occurred attempting to store group - Duplicate entry found with name %s at domain ID default.",
			body.Group.Name)
	}
	g := &UserGroup{Meta: store.Meta{ID: api.HexID(), Name: body.Group.Name, Description: body.Group.Description,
		Created: q.Now}}
	c.UserGroups.Put(g)
	return obj{"group": userGroupView(q, g)}, nil
}

func (c *Keystone) showUserGroup(q *api.Request) (any, error) {
	if err := requireAdmin(q, "get_group"); err != nil {
		return nil, err
	}
	g, ok := c.UserGroups.Get(q.PathValue("id"))
	if !ok {
		return nil, api.Fail(http.StatusNotFound, "Could not find group: %s.", q.PathValue("id"))
	}
	return obj{"group": userGroupView(q, g)}, nil
}

func (c *Keystone) deleteUserGroup(q *api.Request) (any, error) {
	if err := requireAdmin(q, "delete_group"); err != nil {
		return nil, err
	}
	if _, err := c.showUserGroup(q); err != nil {
		return nil, err
	}
	c.UserGroups.Remove(q.PathValue("id"))
	return nil, nil
}
