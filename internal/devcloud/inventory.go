package devcloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/keystone"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
	"novaflow/internal/devcloud/store"
)

// Object is something that exists in the cloud.
type Object struct {
	Kind    string `json:"kind"` // server, port, volume, floating-ip, security-group-rule ...
	ID      string `json:"id"`
	Name    string `json:"name"`
	Project string `json:"project"` // its name; "" for what belongs to no project
	Status  string `json:"status"`
	// Use is what uses it: the device of a port, the servers of a volume, the roles
	// that users and groups have in a project.
	Use    string `json:"use,omitempty"`
	Flavor string `json:"flavor,omitempty"` // name, of a server
	// Mark is all that a client can have left on it: description, metadata and tags.
	Mark string `json:"mark"`
}

// Inventory lists everything that users can create, in every project, sorted by kind,
// project, name and id. Two inventories are equal if nothing was left behind. It calls no
// API, so faults do not bear on it.
func (c *Cloud) Inventory() []Object {
	c.store.Lock()
	defer c.store.Unlock()
	c.store.Advance(store.NowUTC())
	list := []Object{}
	c.store.EachObject(func(kind string, it store.Object) {
		im, isImage := it.(*glance.Image)
		limits, isQuota := it.(*store.QuotaSet)
		switch {
		case kind == "settings" || kind == "user" || kind == "group":
		case isImage && im.Deleted || isQuota && len(limits.Limits) == 0:
		default:
			list = append(list, c.describe(kind, it))
		}
	})
	slices.SortFunc(list, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Project, b.Project), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.ID, b.ID))
	})
	return list
}

// describe returns the entry of the inventory for a row.
func (c *Cloud) describe(kind string, it store.Object) Object {
	m := it.Base()
	o := Object{Kind: kind, ID: m.ID, Name: m.Name, Status: m.Status}
	if p, ok := c.keystone.Projects.Get(m.Project); ok {
		o.Project = p.Name
	}
	o.Use = usersOf(it)
	switch x := it.(type) {
	case *keystone.Project:
		o.Use = c.rolesIn(x.ID)
	case *store.QuotaSet:
		o.Status = fmt.Sprint(x.Limits)
	}
	if s, ok := it.(*compute.Server); ok {
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
	case *compute.Keypair:
		parts = append(parts, x.Public)
	case *compute.ServerGroup:
		parts = append(parts, x.Name)
	}
	for _, t := range m.Tags {
		parts = append(parts, "#"+t)
	}
	o.Mark = strings.Join(parts, " ")
	return o
}

// rolesIn lists the roles that users and groups have in a project.
func (c *Cloud) rolesIn(project string) string {
	var have []string
	for _, u := range c.keystone.Users.Find() {
		for _, role := range u.Roles[project] {
			have = append(have, role+"="+u.Name)
		}
	}
	for _, g := range c.keystone.UserGroups.Find() {
		for _, role := range g.Roles[project] {
			have = append(have, role+"=group:"+g.Name)
		}
	}
	slices.Sort(have)
	return strings.Join(have, " ")
}

// metadataOf returns the metadata that a client can have left on a row.
func metadataOf(it store.Object) map[string]string {
	switch x := it.(type) {
	case *compute.Server:
		return x.Metadata
	case *cinder.Volume:
		return x.Metadata
	case *cinder.Snapshot:
		return x.Metadata
	case *glance.Image:
		return x.Properties
	case *keystone.Project:
		if mark, ok := x.Extra["novaflow_mark"].(string); ok {
			return map[string]string{"novaflow_mark": mark}
		}
	}
	return nil
}

// usersOf returns what uses a row: the device of a port, the servers of a volume.
func usersOf(it store.Object) string {
	switch x := it.(type) {
	case *neutron.Port:
		return strings.TrimSpace(x.Owner + " " + x.Device)
	case *cinder.Volume:
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
