package neutron

import (
	"cmp"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// resource is an object of neutron. view renders it as neutron does.
type resource interface {
	store.Object
	view(c *Neutron, q *api.Request) obj
	// visible says whether the caller may see it.
	Visible(c *Neutron, q *api.Request) bool
}

// collection serves what all kinds of neutron's resources have in common: list, show,
// tags, and the frame of create, update and delete.
type collection[P resource] struct {
	c         *Neutron
	one, many string // names in bodies
	path      string
	table     *store.Table[P]
	missing   func(id string) error
	quota     string
	create    func(q *api.Request, in *fields) (P, error)
	update    func(q *api.Request, p P, in *fields) error
	remove    func(q *api.Request, p P) error
}

// routes lists the calls of the collection.
func (k collection[P]) routes() []api.Route {
	at := "/" + k.path
	k.c.OnDue(k.table.Kind, k.ripen)
	return []api.Route{
		api.NewRoute("GET "+at, http.StatusOK, k.list),
		api.NewRoute("POST "+at, http.StatusCreated, k.createOne),
		api.NewRoute("GET "+at+"/{id}", http.StatusOK, k.show),
		api.NewRoute("PUT "+at+"/{id}", http.StatusOK, k.updateOne),
		api.NewRoute("DELETE "+at+"/{id}", http.StatusNoContent, k.removeOne),
		api.NewRoute("GET "+at+"/{id}/tags", http.StatusOK, k.listTags),
		api.NewRoute("PUT "+at+"/{id}/tags", http.StatusOK, k.replaceTags),
		api.NewRoute("DELETE "+at+"/{id}/tags", http.StatusNoContent, k.clearTags),
		api.NewRoute("GET "+at+"/{id}/tags/{tag}", http.StatusNoContent, k.hasTag),
		api.NewRoute("PUT "+at+"/{id}/tags/{tag}", http.StatusCreated, k.addTag),
		api.NewRoute("DELETE "+at+"/{id}/tags/{tag}", http.StatusNoContent, k.dropTag),
	}
}

// baseKeys returns the index entries that every object of neutron has.
func baseKeys(m *store.Meta) []string {
	return []string{"project=" + m.Project, "name=" + m.Name, "description=" + m.Description}
}

// indexed are the filters of lists that an index serves.
var indexed = []string{"name", "description", "device_id", "network_id", "port_id"}

func (k collection[P]) list(q *api.Request) (any, error) {
	query := q.URL.Query()
	if project := cmp.Or(query.Get("project_id"), query.Get("tenant_id")); k.path == "security-groups" &&
		project != "" && q.Sees(project) {
		k.c.DefaultGroup(project, q.Now) // neutron creates it at every list
	}
	var keys []string
	for _, f := range indexed {
		if v := query[f]; len(v) == 1 && (v[0] != "" || f == "name" || f == "description") && k.narrows(f) {
			keys = append(keys, f+"="+v[0])
		}
	}
	want := readFilter(query)
	var found []P
	views := map[string]obj{}
	for _, p := range api.Listed(q, k.table.Find(keys...)) {
		if !p.Visible(k.c, q) {
			continue
		}
		if v := p.view(k.c, q); want.match(v) {
			found = append(found, p)
			views[p.Base().ID] = v
		}
	}
	sortFound(found, views, query["sort_key"], query["sort_dir"])
	part, next, err := api.Page(q, found, 0, 0, k.missing)
	if err != nil {
		return nil, err
	}
	items := make([]obj, 0, len(part))
	for _, p := range part {
		items = append(items, pickFields(views[p.Base().ID], query["fields"]))
	}
	body := obj{k.many: items}
	if next != "" {
		body[k.many+"_links"] = []obj{{"rel": "next", "href": next}}
	}
	return body, nil
}

// needsGroup reports whether neutron creates the project's default security group before
// it creates one of these (neutron/db/securitygroups_db.py:
// _ensure_default_security_group_handler).
func (k collection[P]) needsGroup() bool {
	return k.path == "networks" || k.path == "ports" || k.path == "security-groups"
}

// narrows reports whether objects of the kind are indexed by the attribute.
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

// sortFound sorts by the keys that the request names and at last by id, as neutron does.
func sortFound[P store.Object](found []P, views map[string]obj, keys, dirs []string) {
	slices.SortFunc(found, func(a, b P) int {
		x, y := a.Base().ID, b.Base().ID
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

// pickFields keeps the fields that the request asks for.
func pickFields(v obj, fields []string) obj {
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

// get finds the object of the path if the caller may see it.
func (k collection[P]) get(q *api.Request) (P, error) {
	id := q.PathValue("id")
	p, ok := k.table.Get(id)
	if !ok || !p.Visible(k.c, q) {
		return p, k.missing(id)
	}
	return p, nil
}

// getOwn finds the object of the path if the caller may change it. What others share can
// be seen but not changed.
func (k collection[P]) getOwn(q *api.Request, verb string) (P, error) {
	p, err := k.get(q)
	if err == nil && !q.Sees(p.Base().Project) {
		err = disallow("rule:%s_%s is disallowed by policy", verb, k.one)
	}
	return p, err
}

func (k collection[P]) show(q *api.Request) (any, error) {
	p, err := k.get(q)
	if err != nil {
		return nil, err
	}
	return obj{k.one: pickFields(p.view(k.c, q), q.URL.Query()["fields"])}, nil
}

func (k collection[P]) createOne(q *api.Request) (any, error) {
	in, err := readFields(q, k.one)
	if err != nil {
		return nil, err
	}
	owner := in.project(q)
	if owner != q.Token.Project && !q.Token.Admin {
		return nil, api.NetFail(http.StatusForbidden, "HTTPForbidden",
			"Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin "+
				"privileges")
	}
	if k.c.Exceeds(owner, k.quota, k.table.Count("project="+owner), 1) {
		return nil, conflict("OverQuota", "Quota exceeded for resources: ['%s'].", k.quota)
	}
	if k.needsGroup() {
		k.c.DefaultGroup(owner, q.Now)
	}
	p, err := k.create(q, in)
	if err != nil {
		return nil, err
	}
	q.Become("", p.Base(), "", 0)
	k.table.Put(p)
	return obj{k.one: p.view(k.c, q)}, nil
}

func (k collection[P]) updateOne(q *api.Request) (any, error) {
	in, err := readFields(q, k.one)
	if err != nil {
		return nil, err
	}
	p, err := k.getOwn(q, "update")
	if err != nil {
		return nil, err
	}
	// A copy, so that a refused update changes nothing.
	now := reflect.ValueOf(p).Elem()
	draft := reflect.New(now.Type())
	draft.Elem().Set(now)
	next := draft.Interface().(P)
	in.text("name", &next.Base().Name)
	in.text("description", &next.Base().Description)
	if err := k.update(q, next, in); err != nil {
		return nil, err
	}
	now.Set(draft.Elem())
	k.touch(q, p)
	return obj{k.one: p.view(k.c, q)}, nil
}

func (k collection[P]) touch(q *api.Request, p P) {
	p.Base().Touch(q.Now)
	k.table.Put(p)
}

func (k collection[P]) removeOne(q *api.Request) (any, error) {
	p, err := k.getOwn(q, "delete")
	if err != nil {
		return nil, err
	}
	if q.Faulted("slow", "stuck") {
		q.Become(k.table.Kind, p.Base(), "gone", 0)
		k.table.Put(p)
		return nil, nil
	}
	return nil, k.remove(q, p)
}

// ripen ends a delete that a fault has slowed down. The object stays if something uses it
// by now.
func (k collection[P]) ripen(id string) {
	p, ok := k.table.Get(id)
	if !ok {
		return
	}
	before := p.Base().Status
	if !store.Arrived(p.Base(), store.NowUTC()) {
		return
	}
	p.Base().Status = before
	q := &api.Request{Now: k.c.Clock(), Token: &api.Token{Project: p.Base().Project}}
	if k.remove(q, p) != nil {
		k.table.Put(p)
	}
}

// badRequest returns neutron's error for a request that is malformed.
func badRequest(format string, a ...any) error {
	return api.NetFail(http.StatusBadRequest, "HTTPBadRequest", format, a...)
}

// conflict returns neutron's error for a request that the state of its resources forbids.
func conflict(kind, format string, a ...any) error {
	return api.NetFail(http.StatusConflict, kind, format, a...)
}

// notFound returns neutron's error for what does not exist, or not for the caller.
func notFound(kind, format string, a ...any) error {
	return api.NetFail(http.StatusNotFound, kind, format, a...)
}

// disallow returns neutron's error for a request that its policy does not allow.
func disallow(format string, a ...any) error {
	return api.NetFail(http.StatusForbidden, "PolicyNotAuthorized", format, a...)
}

// newMeta reads the common part of a request to create something.
func newMeta(q *api.Request, in *fields) store.Meta {
	m := store.Meta{ID: uuid.NewString(), Project: in.project(q), Created: q.Now, Updated: q.Now, Revision: 1}
	in.text("name", &m.Name)
	in.text("description", &m.Description)
	return m
}

// baseView renders what all kinds of objects have in common.
func baseView(m *store.Meta) obj {
	tags := m.Tags
	if tags == nil {
		tags = []string{}
	}
	return obj{"id": m.ID, "name": m.Name, "tenant_id": m.Project, "project_id": m.Project,
		"description": m.Description, "tags": tags, "created_at": api.NetTime(m.Created),
		"updated_at": api.NetTime(m.Updated), "revision_number": m.Revision}
}
