package devcloud

import (
	"net/http"
	"slices"
	"strings"
)

// computeState is what an administrator has set of a host's nova-compute.
type computeState struct {
	Disabled bool   `json:"disabled,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Forced   bool   `json:"forced_down,omitempty"`
	Dead     bool   `json:"dead,omitempty"` // the process is: see Cloud.KillHost
}

func (s computeState) state() string {
	if s.Forced || s.Dead {
		return "down"
	}
	return "up"
}

func (s computeState) status() string {
	if s.Disabled {
		return "disabled"
	}
	return "enabled"
}

// serviceOf is the state of the host with an index.
func (c *Compute) serviceOf(i int) computeState {
	if i < len(c.state.Services) {
		return c.state.Services[i]
	}
	return computeState{}
}

func (c *Compute) setService(i int, s computeState) {
	all := slices.Clone(c.state.Services)
	for len(all) <= i {
		all = append(all, computeState{})
	}
	all[i] = s
	c.state.Services = all
	c.saveState()
}

// inService says whether servers may be placed on the host.
func (c *Compute) inService(i int) bool {
	s := c.serviceOf(i)
	return s.state() == "up" && !s.Disabled
}

// hostIndex finds a host by name.
func (c *Compute) hostIndex(name string) (int, bool) {
	for i := range c.hosts {
		if hostName(i) == name {
			return i, true
		}
	}
	return -1, false
}

// KillHost lets nova-compute of the host die, or live again: its service is
// "down", and nothing is placed there. It reports whether there is such a host.
func (c *Compute) KillHost(name string, dead bool) bool {
	c.Lock()
	defer c.Unlock()
	i, ok := c.hostIndex(name)
	if ok {
		s := c.serviceOf(i)
		s.Dead = dead
		c.setService(i, s)
	}
	return ok
}

// hostAPI serves /os-services, /os-hypervisors and /os-availability-zone.
type hostAPI struct{ *Compute }

func (c hostAPI) computeServiceRoutes() []route {
	return []route{
		newRoute("GET /os-availability-zone", http.StatusOK, c.novaZones),
		newRoute("GET /os-availability-zone/detail", http.StatusOK, c.novaZones),
		newRoute("GET /os-hypervisors", http.StatusOK, c.listHypervisors),
		newRoute("GET /os-hypervisors/detail", http.StatusOK, c.listHypervisors),
		newRoute("GET /os-services", http.StatusOK, c.listServices),
		newRoute("PUT /os-services/{service}", http.StatusOK, c.updateService),
	}
}

func (c hostAPI) serviceView(q *request, i int) obj {
	s := c.serviceOf(i)
	v := obj{"binary": "nova-compute", "host": hostName(i), "id": i + 1, "zone": "nova", "status": s.status(), "state": s.state(),
		"updated_at": microTime(q.now), "disabled_reason": orNull(s.Reason)}
	if q.minor >= 11 {
		v["forced_down"] = s.Forced
	}
	if q.minor >= 53 {
		v["id"] = stableID("service " + hostName(i))
	}
	return v
}

func (c hostAPI) listServices(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-services:list")
	}
	query := q.URL.Query()
	items := []obj{}
	for i := range c.hosts {
		if query.Has("host") && query.Get("host") != hostName(i) || query.Has("binary") && query.Get("binary") != "nova-compute" {
			continue
		}
		items = append(items, c.serviceView(q, i))
	}
	return obj{"services": items}, nil
}

func (c hostAPI) updateService(q *request) (any, error) {
	if !q.tok.Admin {
		return nil, q.forbid("os_compute_api:os-services:update")
	}
	var in struct {
		Status string `json:"status"`
		Reason string `json:"disabled_reason"`
		Forced *bool  `json:"forced_down"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	at := -1
	for i := range c.hosts {
		if stableID("service "+hostName(i)) == q.PathValue("service") {
			at = i
		}
	}
	if at < 0 {
		return nil, fail(http.StatusNotFound, "Service %s could not be found.", q.PathValue("service"))
	}
	if in.Reason != "" && in.Status != "disabled" {
		return nil, fail(http.StatusBadRequest, "Specifying disabled_reason requires that status is disabled.")
	}
	s := c.serviceOf(at)
	switch strings.ToLower(in.Status) {
	case "disabled":
		s.Disabled, s.Reason = true, in.Reason
	case "enabled":
		s.Disabled, s.Reason = false, ""
	case "":
		if in.Forced == nil {
			return nil, fail(http.StatusBadRequest, "No updates were requested. Fields 'status' or 'forced_down' should be specified.")
		}
	default:
		return nil, fail(http.StatusBadRequest, "Invalid input for field/attribute status. Value: %s. '%s' is not one of ['enabled', 'disabled']", in.Status, in.Status)
	}
	if in.Forced != nil {
		s.Forced = *in.Forced
	}
	c.setService(at, s)
	return obj{"service": c.serviceView(q, at)}, nil
}

// Hosts tells of each host whether it is in service, and why not: "enabled up",
// "disabled REASON up".
func (c *Compute) Hosts() map[string]string {
	c.Lock()
	defer c.Unlock()
	all := map[string]string{}
	for i := range c.hosts {
		s := c.serviceOf(i)
		all[hostName(i)] = strings.Join(strings.Fields(s.status()+" "+s.Reason+" "+s.state()), " ")
	}
	return all
}
