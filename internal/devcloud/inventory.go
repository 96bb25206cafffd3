package devcloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Object is something that exists in the cloud.
type Object struct {
	Kind    string `json:"kind"` // server, port, volume, floating-ip, security-group-rule ...
	ID      string `json:"id"`
	Name    string `json:"name"`
	Project string `json:"project"` // its name; "" for what belongs to no project
	Status  string `json:"status"`
	// Use is what uses it: the device of a port, the servers of a volume, the roles
	// that somebody has in a project.
	Use    string `json:"use,omitempty"`
	Flavor string `json:"flavor,omitempty"` // name, of a server
	// Mark is all that a client can have left on it: description, metadata and tags.
	Mark string `json:"mark"`
}

// Inventory lists everything that users can make, in every project, sorted by
// kind, project, name and id. Two inventories are equal when nothing was left
// behind. It asks no API, so faults do not bear on it.
func (c *Cloud) Inventory() []Object {
	c.store.Lock()
	defer c.store.Unlock()
	c.store.advance(nowUTC())
	list := []Object{}
	for _, kind := range c.store.journal.kinds {
		switch kind {
		case "settings", "user", "group":
			continue
		}
		c.store.journal.tables[kind].each(func(_ string, it object) {
			im, isImage := it.(*image)
			limits, isQuota := it.(*quotaSet)
			if isImage && im.Deleted || isQuota && len(limits.Limits) == 0 {
				return
			}
			list = append(list, c.describe(kind, it))
		})
	}
	slices.SortFunc(list, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Project, b.Project), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (c *Cloud) describe(kind string, it object) Object {
	m := it.base()
	o := Object{Kind: kind, ID: m.ID, Name: m.Name, Status: m.Status}
	if p, ok := c.keystone.projects.get(m.Project); ok {
		o.Project = p.Name
	}
	o.Use = usersOf(it)
	switch x := it.(type) {
	case *project:
		o.Use = c.rolesIn(x.ID)
	case *quotaSet:
		o.Status = fmt.Sprint(x.Limits)
	}
	if s, ok := it.(*server); ok {
		o.Flavor = s.Flavor.Name
	}
	var parts []string
	if m.Description != "" {
		parts = append(parts, m.Description)
	}
	for _, k := range slices.Sorted(maps.Keys(metadataOf(it))) {
		parts = append(parts, fmt.Sprintf("%s=%s", k, metadataOf(it)[k]))
	}
	switch x := it.(type) {
	case *keypair:
		parts = append(parts, x.Public)
	case *serverGroup:
		parts = append(parts, x.Name)
	}
	for _, t := range m.Tags {
		parts = append(parts, "#"+t)
	}
	o.Mark = strings.Join(parts, " ")
	return o
}

// rolesIn are the roles that users and groups have in a project.
func (c *Cloud) rolesIn(project string) string {
	var have []string
	for _, u := range c.keystone.users.find() {
		for _, role := range u.Roles[project] {
			have = append(have, role+"="+u.Name)
		}
	}
	for _, g := range c.keystone.userGroups.find() {
		for _, role := range g.Roles[project] {
			have = append(have, role+"=group:"+g.Name)
		}
	}
	slices.Sort(have)
	return strings.Join(have, " ")
}

func metadataOf(it object) map[string]string {
	switch x := it.(type) {
	case *server:
		return x.Metadata
	case *volume:
		return x.Metadata
	case *snapshot:
		return x.Metadata
	case *image:
		return x.Properties
	case *project:
		if mark, ok := x.Extra["novaflow_mark"].(string); ok {
			return map[string]string{"novaflow_mark": mark}
		}
	}
	return nil
}

func usersOf(it object) string {
	switch x := it.(type) {
	case *port:
		return strings.TrimSpace(x.Owner + " " + x.Device)
	case *volume:
		users := []string{}
		for _, a := range x.Attached {
			users = append(users, a.Server)
		}
		if x.Reserved != "" {
			users = append(users, x.Reserved)
		}
		return strings.Join(users, " ")
	}
	return ""
}
