package devcloud

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// netTime is a time as neutron, glance and parts of nova write it.
func netTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// netObject is an object of neutron. view renders it as neutron does.
type netObject interface {
	object
	view(c *Neutron, q *request) obj
	// visible says whether the caller may see it.
	visible(c *Neutron, q *request) bool
}

// collection serves what all kinds of neutron's resources have in common:
// list, show, tags, and the frame of create, update and delete.
type collection[P netObject] struct {
	c         *Neutron
	one, many string // names in bodies
	path      string
	table     *table[P]
	missing   func(id string) error
	quota     string
	create    func(q *request, in *fields) (P, error)
	update    func(q *request, p P, in *fields) error
	remove    func(q *request, p P) error
}

func (k collection[P]) routes() []route {
	at := "/" + k.path
	k.c.onDue(k.table.kind, k.ripen)
	return []route{
		newRoute("GET "+at, http.StatusOK, k.list),
		newRoute("POST "+at, http.StatusCreated, k.doCreate),
		newRoute("GET "+at+"/{id}", http.StatusOK, k.show),
		newRoute("PUT "+at+"/{id}", http.StatusOK, k.doUpdate),
		newRoute("DELETE "+at+"/{id}", http.StatusNoContent, k.doRemove),
		newRoute("GET "+at+"/{id}/tags", http.StatusOK, k.listTags),
		newRoute("PUT "+at+"/{id}/tags", http.StatusOK, k.replaceTags),
		newRoute("DELETE "+at+"/{id}/tags", http.StatusNoContent, k.clearTags),
		newRoute("GET "+at+"/{id}/tags/{tag}", http.StatusNoContent, k.hasTag),
		newRoute("PUT "+at+"/{id}/tags/{tag}", http.StatusCreated, k.addTag),
		newRoute("DELETE "+at+"/{id}/tags/{tag}", http.StatusNoContent, k.dropTag),
	}
}

// netKeys are the index entries of every object of neutron.
func netKeys(m *meta) []string {
	return []string{"project=" + m.Project, "name=" + m.Name, "description=" + m.Description}
}

// indexed are the filters that narrow a list by an index.
var indexed = []string{"name", "description", "device_id", "network_id", "port_id"}

func (k collection[P]) list(q *request) (any, error) {
	query := q.URL.Query()
	if project := cmp.Or(query.Get("project_id"), query.Get("tenant_id")); k.path == "security-groups" && project != "" && q.sees(project) {
		k.c.defaultGroup(project, q.now) // neutron makes it whenever somebody looks
	}
	var keys []string
	for _, f := range indexed {
		if v := query[f]; len(v) == 1 && (v[0] != "" || f == "name" || f == "description") && k.narrows(f) {
			keys = append(keys, f+"="+v[0])
		}
	}
	want := filters(query)
	var found []P
	views := map[string]obj{}
	for _, p := range listed(q, k.table.find(keys...)) {
		if !p.visible(k.c, q) {
			continue
		}
		if v := p.view(k.c, q); want.match(v) {
			found = append(found, p)
			views[p.base().ID] = v
		}
	}
	sortNet(found, views, query["sort_key"], query["sort_dir"])
	part, next, err := page(q, found, 0, 0, k.missing)
	if err != nil {
		return nil, err
	}
	items := make([]obj, 0, len(part))
	for _, p := range part {
		items = append(items, pick(views[p.base().ID], query["fields"]))
	}
	body := obj{k.many: items}
	if next != "" {
		body[k.many+"_links"] = []obj{{"rel": "next", "href": next}}
	}
	return body, nil
}

// needsGroup says whether neutron makes the project's default security group before
// it makes one of these
// (neutron/db/securitygroups_db.py: _ensure_default_security_group_handler).
func (k collection[P]) needsGroup() bool {
	return k.path == "networks" || k.path == "ports" || k.path == "security-groups"
}

// narrows says whether objects of the kind are indexed by the attribute.
func (k collection[P]) narrows(attribute string) bool {
	switch attribute {
	case "device_id":
		return k.path == "ports"
	case "network_id":
		return k.path == "ports" || k.path == "subnets"
	case "port_id":
		return k.path == "floatingips"
	}
	return true
}

// sortNet sorts by the keys asked for and at last by id, as neutron does.
func sortNet[P object](found []P, views map[string]obj, keys, dirs []string) {
	slices.SortFunc(found, func(a, b P) int {
		x, y := a.base().ID, b.base().ID
		for i, k := range keys {
			n := strings.Compare(fmt.Sprint(views[x][k]), fmt.Sprint(views[y][k]))
			if i < len(dirs) && dirs[i] == "desc" {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return strings.Compare(x, y)
	})
}

// pick keeps the fields asked for.
func pick(v obj, fields []string) obj {
	if len(fields) == 0 {
		return v
	}
	out := obj{}
	for _, f := range fields {
		if x, ok := v[f]; ok {
			out[f] = x
		}
	}
	return out
}

// get finds an object that the caller may see by the {id} of the path.
func (k collection[P]) get(q *request) (P, error) {
	id := q.PathValue("id")
	p, ok := k.table.get(id)
	if !ok || !p.visible(k.c, q) {
		return p, k.missing(id)
	}
	return p, nil
}

// own is get for changes: what others share may be seen but not changed.
func (k collection[P]) own(q *request, verb string) (P, error) {
	p, err := k.get(q)
	if err == nil && !q.sees(p.base().Project) {
		err = netFail(http.StatusForbidden, "PolicyNotAuthorized", "rule:%s_%s is disallowed by policy", verb, k.one)
	}
	return p, err
}

func (k collection[P]) show(q *request) (any, error) {
	p, err := k.get(q)
	if err != nil {
		return nil, err
	}
	return obj{k.one: pick(p.view(k.c, q), q.URL.Query()["fields"])}, nil
}

func (k collection[P]) doCreate(q *request) (any, error) {
	in, err := readFields(q, k.one)
	if err != nil {
		return nil, err
	}
	owner := in.project(q)
	if owner != q.tok.Project && !q.tok.Admin {
		return nil, netFail(http.StatusForbidden, "HTTPForbidden", "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin privileges")
	}
	if k.c.exceeds(owner, k.quota, k.table.count("project="+owner), 1) {
		return nil, netFail(http.StatusConflict, "OverQuota", "Quota exceeded for resources: ['%s'].", k.quota)
	}
	if k.needsGroup() {
		k.c.defaultGroup(owner, q.now)
	}
	p, err := k.create(q, in)
	if err != nil {
		return nil, err
	}
	q.made("", p.base(), "", 0)
	k.table.put(p)
	return obj{k.one: p.view(k.c, q)}, nil
}

func (k collection[P]) doUpdate(q *request) (any, error) {
	in, err := readFields(q, k.one)
	if err != nil {
		return nil, err
	}
	p, err := k.own(q, "update")
	if err != nil {
		return nil, err
	}
	// A copy, so that a refused update changes nothing.
	now := reflect.ValueOf(p).Elem()
	draft := reflect.New(now.Type())
	draft.Elem().Set(now)
	next := draft.Interface().(P)
	in.text("name", &next.base().Name)
	in.text("description", &next.base().Description)
	if err := k.update(q, next, in); err != nil {
		return nil, err
	}
	now.Set(draft.Elem())
	k.touch(q, p)
	return obj{k.one: p.view(k.c, q)}, nil
}

func (k collection[P]) touch(q *request, p P) {
	p.base().touch(q.now)
	k.table.put(p)
}

func (m *meta) touch(now time.Time) {
	m.Updated = now
	m.Revision++
}

func (k collection[P]) doRemove(q *request) (any, error) {
	p, err := k.own(q, "delete")
	if err != nil {
		return nil, err
	}
	if q.fault != nil && (q.fault.verb == "slow" || q.fault.verb == "stuck") {
		q.made(k.table.kind, p.base(), "gone", 0)
		k.table.put(p)
		return nil, nil
	}
	return nil, k.remove(q, p)
}

// ripen ends a delete that a fault made slow. It does not happen when
// something has come to hold the object in the meantime.
func (k collection[P]) ripen(id string) {
	p, ok := k.table.get(id)
	if !ok {
		return
	}
	before := p.base().Status
	if !arrived(p.base(), nowUTC()) {
		return
	}
	p.base().Status = before
	q := &request{now: k.c.clock(), tok: &token{Project: p.base().Project}}
	if k.remove(q, p) != nil {
		k.table.put(p)
	}
}

// newMeta is the common part of what a create asks for.
func newMeta(q *request, in *fields) meta {
	m := meta{ID: uuid.NewString(), Project: in.project(q), Created: q.now, Updated: q.now, Revision: 1}
	in.text("name", &m.Name)
	in.text("description", &m.Description)
	return m
}

// netView is the part of a view that all kinds have.
func netView(m *meta) obj {
	tags := m.Tags
	if tags == nil {
		tags = []string{}
	}
	return obj{"id": m.ID, "name": m.Name, "tenant_id": m.Project, "project_id": m.Project, "description": m.Description, "tags": tags,
		"created_at": netTime(m.Created), "updated_at": netTime(m.Updated), "revision_number": m.Revision}
}
