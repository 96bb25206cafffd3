package devcloud

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

type server struct {
	meta
	User     string            `json:"user"`
	Image    string            `json:"image,omitempty"`
	Flavor   flavor            `json:"flavor"`
	Key      string            `json:"key_name,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Hostname string            `json:"hostname"`
	Task     string            `json:"task_state,omitempty"`
	Launched time.Time         `json:"launched,omitzero"`
	Host     int               `json:"host"` // index, -1 for none
	Group    string            `json:"group,omitempty"`
	Drive    bool              `json:"config_drive,omitempty"`
	Zone     string            `json:"zone,omitempty"`      // asked for; "" is any
	UserData string            `json:"user_data,omitempty"` // base64
	Ports    []serverPort      `json:"ports,omitempty"`
	Volumes  []serverVolume    `json:"volumes,omitempty"`
	Fault    *serverFault      `json:"fault,omitempty"`
	Fails    string            `json:"fails,omitempty"` // what the build will end with
	Actions  []serverAction    `json:"actions,omitempty"`
	Locked   bool              `json:"locked,omitempty"`
	Change   *change           `json:"change,omitempty"` // what is under way, beside building and going
	Resize   *resized          `json:"resize,omitempty"` // what a resize that waits to be confirmed can go back to
	Moves    []migration       `json:"moves,omitempty"`
	Shelf    string            `json:"shelf,omitempty"` // id of the image that a shelved server is kept in
	Kept     bool              `json:"kept,omitempty"`  // it was deleted and can be restored for a while
}

// serverPort is a port of the server; Made ones go with it.
type serverPort struct {
	ID   string `json:"id"`
	Made bool   `json:"made,omitempty"`
}

type serverVolume struct {
	ID         string `json:"id"`
	Device     string `json:"device"`
	Attachment string `json:"attachment"`
	Mapping    string `json:"mapping"`
	Delete     bool   `json:"delete_on_termination,omitempty"`
	Boot       bool   `json:"boot,omitempty"`
	Tag        string `json:"tag,omitempty"`
}

type serverFault struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Created time.Time `json:"created"`
	// Unplaced faults come from scheduling. Nova keeps servers that no host
	// took apart (in cell0), and does not tell their faults in lists.
	Unplaced bool `json:"unplaced,omitempty"`
}

type serverAction struct {
	Name    string    `json:"name"`
	Request string    `json:"request"`
	User    string    `json:"user"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end,omitzero"` // zero while it is under way
	Failed  bool      `json:"failed,omitempty"`
}

// Servers serves the servers of nova with what they consist of.
type Servers struct {
	*Compute
	glance  *Glance
	cinder  *Cinder
	neutron *Neutron

	actions map[string]action
	ends    map[string]func(s *server, ch change, at time.Time)
}

func newServers(compute *Compute, glance *Glance, cinder *Cinder, neutron *Neutron) *Servers {
	c := &Servers{
		Compute: compute, glance: glance, cinder: cinder, neutron: neutron,
		actions: map[string]action{}, ends: map[string]func(*server, change, time.Time){},
	}
	actionAPI{c}.registerActions()
	powerAPI{c}.registerPower()
	imageAPI{c}.registerImages()
	c.onDue("server", c.ripenServer)
	c.onDue("interface", attachAPI{c}.ripenInterface)
	cinder.onDetached = c.forgetVolume
	neutron.onPortDeleted = c.forgetPort
	return c
}

func (s *server) keys() []string {
	keys := []string{"project=" + s.Project, "name=" + s.Name}
	for _, t := range s.Tags {
		keys = append(keys, "tag="+t)
	}
	if s.Group != "" {
		keys = append(keys, "group="+s.Group)
	}
	return keys
}

func (s *server) forgetPort(id string) {
	s.Ports = slices.DeleteFunc(slices.Clone(s.Ports), func(p serverPort) bool { return p.ID == id })
}

func (c *Servers) serverRoutes() []route {
	return slices.Concat(partAPI{c}.serverPartRoutes(), attachAPI{c}.attachRoutes(), []route{
		newRoute("GET /servers", http.StatusOK, func(q *request) (any, error) { return c.listServers(q, false) }),
		newRoute("GET /servers/detail", http.StatusOK, func(q *request) (any, error) { return c.listServers(q, true) }),
		newRoute("POST /servers", http.StatusAccepted, builder{c}.createServer),
		newRoute("POST /os-volumes_boot", http.StatusAccepted, builder{c}.createServer),
		newRoute("GET /servers/{id}", http.StatusOK, c.showServer),
		newRoute("PUT /servers/{id}", http.StatusOK, c.updateServer),
		newRoute("DELETE /servers/{id}", http.StatusNoContent, c.deleteServer),
		newRoute("POST /servers/{id}/action", http.StatusAccepted, actionAPI{c}.actServer),
	})
}

func (c *Servers) ownServer(q *request) (*server, error) {
	s, ok := c.servers.get(q.PathValue("id"))
	if !ok || !q.sees(s.Project) {
		return nil, fail(http.StatusNotFound, "Instance %s could not be found.", q.PathValue("id"))
	}
	return s, nil
}

func (c *Servers) showServer(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	v := c.serverView(q, s)
	if s.Fault != nil && s.Status == "ERROR" {
		v["fault"] = s.Fault.view()
	}
	if q.minor >= 71 {
		v["server_groups"] = []string{}
		if s.Group != "" {
			v["server_groups"] = []string{s.Group}
		}
	}
	return obj{"server": v}, nil
}

// serverStates are the statuses users see, with the state behind each.
var serverStates = map[string]string{"ACTIVE": "active", "BUILD": "building", "ERROR": "error", "SHUTOFF": "stopped", "PAUSED": "paused", "SUSPENDED": "suspended",
	"DELETED": "deleted", "SOFT_DELETED": "soft-delete", "RESCUE": "rescued", "SHELVED": "shelved", "SHELVED_OFFLOADED": "shelved_offloaded",
	"REBOOT": "active", "HARD_REBOOT": "active", "RESIZE": "resized", "VERIFY_RESIZE": "resized", "REBUILD": "active", "PASSWORD": "active", "MIGRATING": "active", "REVERT_RESIZE": "resized", "UNKNOWN": "active"}

// serverFilters are the parameters that nova's lists know.
var serverFilters = strings.Fields(`limit marker sort_key sort_dir all_tenants name status tags tags-any not-tags not-tags-any changes-since changes-before
	tenant_id project_id user_id image flavor reservation_id uuid ip ip6 host hostname node availability_zone deleted vm_state task_state power_state
	key_name locked access_ip_v4 access_ip_v6 config_drive description launched_at terminated_at created_at updated_at progress root_device_name
	kernel_id ramdisk_id display_name display_description instance_name soft_deleted locked_by architecture auto_disk_config cell_name default_ephemeral_device
	default_swap_device disable_terminate ephemeral_gb hidden id instance_type_id internal_id is_public launch_index launched_on os_type shutdown_terminate user_data vm_mode vcpus memory_mb root_gb`)

// serverMatch makes the test that servers of a list must pass, and the index
// keys that narrow the search.
func (c *Servers) serverMatch(q *request) (keys []string, match func(*server) bool, err error) {
	v := q.URL.Query()
	for k := range v {
		if q.minor >= 75 && !slices.Contains(serverFilters, k) && !strings.HasPrefix(k, "_") {
			return nil, nil, fail(http.StatusBadRequest, "'%s' does not match any of the regexes: '^_'", k)
		}
	}
	all := v.Has("all_tenants") && v.Get("all_tenants") != "0" && !strings.EqualFold(v.Get("all_tenants"), "false")
	if all && !q.tok.Admin {
		return nil, nil, q.forbid("os_compute_api:servers:index:get_all_tenants")
	}
	if !all {
		keys = append(keys, "project="+q.tok.Project)
	}
	for t := range strings.SplitSeq(v.Get("tags"), ",") {
		if t != "" {
			keys = append(keys, "tag="+t)
		}
	}
	name, err := regexp.Compile("(?i)" + v.Get("name"))
	if err != nil {
		return nil, nil, fail(http.StatusBadRequest, "Invalid input for query parameters name. Value: %s. '%s' is not a 'regex'", v.Get("name"), v.Get("name"))
	}
	for _, s := range v["status"] {
		if _, ok := serverStates[strings.ToUpper(s)]; !ok {
			return nil, nil, fail(http.StatusBadRequest, "Invalid status value")
		}
	}
	since, err := parseSince(v.Get("changes-since"))
	if err != nil {
		return nil, nil, err
	}
	is := func(param, have string) bool { return !v.Has(param) || v.Get(param) == have }
	return keys, func(s *server) bool {
		if v.Has("tags-any") && !tagged(obj{"tags": s.Tags}, "tags-any", v["tags-any"]) || v.Has("not-tags") && tagged(obj{"tags": s.Tags}, "tags", v["not-tags"]) {
			return false
		}
		if s.Kept && !v.Has("changes-since") {
			return false
		}
		status := len(v["status"]) == 0 || slices.ContainsFunc(v["status"], func(w string) bool { return strings.EqualFold(w, s.Status) })
		return status && name.MatchString(s.Name) && !s.Updated.Before(since) && is("image", s.Image) && is("flavor", s.Flavor.ID) &&
			is("uuid", s.ID) && is("key_name", s.Key) && (!all || is("project_id", s.Project) && is("tenant_id", s.Project)) && is("vm_state", s.vmState()) &&
			(!all || is("host", s.hostName()))
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
	return time.Time{}, fail(http.StatusBadRequest, "Invalid input for query parameters changes-since. Value: %s. '%s' is not a 'date-time'", text, text)
}

func (c *Servers) listServers(q *request, detail bool) (any, error) {
	keys, match, err := c.serverMatch(q)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(listed(q, c.servers.find(keys...)), func(s *server) bool { return !match(s) })
	part, next, err := page(q, inOrder(q, found), 1000, 1000, badMarker)
	if err != nil {
		return nil, err
	}
	items := make([]obj, 0, len(part))
	for _, s := range part {
		v := obj{"id": s.ID, "name": s.Name, "links": q.links("servers", s.ID)}
		if detail {
			v = c.serverView(q, s)
			if s.Fault != nil && s.Status == "ERROR" && !s.Fault.Unplaced {
				v["fault"] = s.Fault.view()
			}
		}
		items = append(items, v)
	}
	return q.withNext("servers", items, next), nil
}

func (f *serverFault) view() obj {
	return obj{"code": f.Code, "created": netTime(f.Created), "message": f.Message}
}

func (c *Servers) updateServer(q *request) (any, error) {
	s, err := c.ownServer(q)
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
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	if n := body.Server.Name; n != nil {
		if err := checkName(*n); err != nil {
			return nil, err
		}
	}
	for into, v := range map[*string]*string{&s.Name: body.Server.Name, &s.Description: body.Server.Description, &s.Hostname: body.Server.Hostname} {
		if v != nil {
			*into = *v
		}
	}
	s.Updated = q.now
	c.servers.put(s)
	return c.showServer(q)
}
