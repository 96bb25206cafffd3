// Package servers exists for the life of a server: its creation, actions, volumes, ports,
// images and end.
//
// It may import all services to the left of nova, and nova/compute.
package servers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/cinder"
	"novaflow/internal/devcloud/glance"
	"novaflow/internal/devcloud/neutron"
	"novaflow/internal/devcloud/nova/compute"
)

// obj is an object of JSON.
type obj = map[string]any

// Servers serves servers: their creation, their views, their changes and their end.
type Servers struct {
	*compute.Compute
	glance  *glance.Glance
	cinder  *cinder.Cinder
	neutron *neutron.Neutron

	actions map[string]Action
	ends    map[string]func(s *compute.Server, ch compute.Change, at time.Time)
}

// New returns the servers on top of the other services, and registers what these call.
func New(rows *compute.Compute, glance *glance.Glance, cinder *cinder.Cinder, neutron *neutron.Neutron) *Servers {
	c := &Servers{
		Compute: rows, glance: glance, cinder: cinder, neutron: neutron,
		actions: map[string]Action{}, ends: map[string]func(*compute.Server, compute.Change, time.Time){},
	}
	actionAPI{c}.registerActions()
	powerAPI{c}.registerPower()
	imageAPI{c}.registerImages()
	c.OnDue("server", c.ripenServer)
	c.OnDue("interface", attachAPI{c}.ripenInterface)
	cinder.OnDetached = c.forgetVolume
	neutron.OnPortDeleted = c.forgetPort
	return c
}

// ServerRoutes lists the calls about servers, except migrations.
func (c *Servers) ServerRoutes() []api.Route {
	return slices.Concat(partAPI{c}.serverPartRoutes(), attachAPI{c}.attachRoutes(), []api.Route{
		api.NewRoute("GET /servers", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listServers(q, false) }),
		api.NewRoute("GET /servers/detail", http.StatusOK,
			func(q *api.Request) (any, error) { return c.listServers(q, true) }),
		api.NewRoute("POST /servers", http.StatusAccepted, builder{c}.createServer),
		api.NewRoute("POST /os-volumes_boot", http.StatusAccepted, builder{c}.createServer),
		api.NewRoute("GET /servers/{id}", http.StatusOK, c.showServer),
		api.NewRoute("PUT /servers/{id}", http.StatusOK, c.updateServer),
		api.NewRoute("DELETE /servers/{id}", http.StatusNoContent, c.deleteServer),
		api.NewRoute("POST /servers/{id}/action", http.StatusAccepted, actionAPI{c}.actServer),
	})
}

// OwnServer gets the server of the path if the caller may see it.
func (c *Servers) OwnServer(q *api.Request) (*compute.Server, error) {
	s, ok := c.Instances.Get(q.PathValue("id"))
	if !ok || !q.Sees(s.Project) {
		return nil, api.Fail(http.StatusNotFound, "Instance %s could not be found.", q.PathValue("id"))
	}
	return s, nil
}

func (c *Servers) showServer(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	v := c.serverView(q, s)
	if s.Fault != nil && s.Status == "ERROR" {
		v["fault"] = s.Fault.View()
	}
	if q.Minor >= 71 {
		v["server_groups"] = []string{}
		if s.Group != "" {
			v["server_groups"] = []string{s.Group}
		}
	}
	return obj{"server": v}, nil
}

// serverFilters are the parameters that lists accept.
var serverFilters = strings.Fields(`
	limit marker sort_key sort_dir all_tenants name status tags tags-any not-tags not-tags-any
	changes-since changes-before tenant_id project_id user_id image flavor reservation_id uuid ip ip6
	host hostname node availability_zone deleted vm_state task_state power_state key_name locked
	access_ip_v4 access_ip_v6 config_drive description launched_at terminated_at created_at updated_at
	progress root_device_name kernel_id ramdisk_id display_name display_description instance_name
	soft_deleted locked_by architecture auto_disk_config cell_name default_ephemeral_device
	default_swap_device disable_terminate ephemeral_gb hidden id instance_type_id internal_id is_public
	launch_index launched_on os_type shutdown_terminate user_data vm_mode vcpus memory_mb root_gb`)

// serverMatch returns the test that servers of a list must pass, and the index keys that
// narrow the search.
func (c *Servers) serverMatch(q *api.Request) (keys []string, match func(*compute.Server) bool, err error) {
	v := q.URL.Query()
	for k := range v {
		if q.Minor >= 75 && !slices.Contains(serverFilters, k) && !strings.HasPrefix(k, "_") {
			return nil, nil, api.Fail(http.StatusBadRequest, "'%s' does not match any of the regexes: '^_'", k)
		}
	}
	all := v.Has("all_tenants") && v.Get("all_tenants") != "0" && !strings.EqualFold(v.Get("all_tenants"), "false")
	if all && !q.Token.Admin {
		return nil, nil, q.Forbid("os_compute_api:servers:index:get_all_tenants")
	}
	if !all {
		keys = append(keys, "project="+q.Token.Project)
	}
	for t := range strings.SplitSeq(v.Get("tags"), ",") {
		if t != "" {
			keys = append(keys, "tag="+t)
		}
	}
	name, err := regexp.Compile("(?i)" + v.Get("name"))
	if err != nil {
		return nil, nil, api.Fail(http.StatusBadRequest,
			"Invalid input for query parameters name. Value: %s. '%s' is not a 'regex'", v.Get("name"), v.Get("name"))
	}
	for _, s := range v["status"] {
		if _, ok := compute.ServerStates[strings.ToUpper(s)]; !ok {
			return nil, nil, api.Fail(http.StatusBadRequest, "Invalid status value")
		}
	}
	since, err := parseSince(v.Get("changes-since"))
	if err != nil {
		return nil, nil, err
	}
	is := func(param, have string) bool { return !v.Has(param) || v.Get(param) == have }
	return keys, func(s *compute.Server) bool {
		if v.Has("tags-any") && !api.HasTags(obj{"tags": s.Tags}, "tags-any", v["tags-any"]) ||
			v.Has("not-tags") && api.HasTags(obj{"tags": s.Tags}, "tags", v["not-tags"]) {
			return false
		}
		if s.Kept && !v.Has("changes-since") {
			return false
		}
		status := len(v["status"]) == 0 || slices.ContainsFunc(v["status"],
			func(w string) bool { return strings.EqualFold(w, s.Status) })
		return status && name.MatchString(s.Name) && !s.Updated.Before(since) && is("image", s.Image) && is("flavor",
			s.Flavor.ID) &&
			is("uuid", s.ID) && is("key_name", s.Key) && (!all ||
			is("project_id", s.Project) && is("tenant_id", s.Project)) && is("vm_state", s.VMState()) &&
			(!all || is("host", s.HostName()))
	}, nil
}

func parseSince(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, api.Fail(http.StatusBadRequest,
		"Invalid input for query parameters changes-since. Value: %s. '%s' is not a 'date-time'", text, text)
}

func (c *Servers) listServers(q *api.Request, detail bool) (any, error) {
	keys, match, err := c.serverMatch(q)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(api.Listed(q, c.Instances.Find(keys...)),
		func(s *compute.Server) bool { return !match(s) })
	part, next, err := api.Page(q, api.InOrder(q, found), 1000, 1000, compute.BadMarker)
	if err != nil {
		return nil, err
	}
	items := make([]obj, 0, len(part))
	for _, s := range part {
		v := obj{"id": s.ID, "name": s.Name, "links": q.Links("servers", s.ID)}
		if detail {
			v = c.serverView(q, s)
			if s.Fault != nil && s.Status == "ERROR" && !s.Fault.Unplaced {
				v["fault"] = s.Fault.View()
			}
		}
		items = append(items, v)
	}
	return q.List("servers", items, next), nil
}

func (c *Servers) updateServer(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	var body struct {
		Server struct {
			Name        *string `json:"name"`
			Description *string `json:"description"`
			Hostname    *string `json:"hostname"`
		} `json:"server"`
	}
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	if n := body.Server.Name; n != nil {
		if err := checkName(*n); err != nil {
			return nil, err
		}
	}
	for into, v := range map[*string]*string{&s.Name: body.Server.Name, &s.Description: body.Server.Description,
		&s.Hostname: body.Server.Hostname} {
		if v != nil {
			*into = *v
		}
	}
	s.Updated = q.Now
	c.Instances.Put(s)
	return c.showServer(q)
}
