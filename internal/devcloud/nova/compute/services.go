package compute

import (
	"net/http"
	"slices"
	"strings"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/store"
)

// ServiceOf returns the state of the host with an index.
func (c *Compute) ServiceOf(i int) store.ComputeState {
	if i < len(c.State.Services) {
		return c.State.Services[i]
	}
	return store.ComputeState{}
}

// setService sets the state of the host with an index.
func (c *Compute) setService(i int, s store.ComputeState) {
	all := slices.Clone(c.State.Services)
	for len(all) <= i {
		all = append(all, store.ComputeState{})
	}
	all[i] = s
	c.State.Services = all
	c.SaveState()
}

// inService reports whether servers may be placed on the host.
func (c *Compute) inService(i int) bool {
	s := c.ServiceOf(i)
	return s.State() == "up" && !s.Disabled
}

// HostIndex finds a host by name.
func (c *Compute) HostIndex(name string) (int, bool) {
	for i := range c.hosts {
		if HostName(i) == name {
			return i, true
		}
	}
	return -1, false
}

// KillHost stops nova-compute of the host, or starts it again. The service of a dead host
// is "down", and no server is placed there. KillHost reports whether the host exists.
func (c *Compute) KillHost(name string, dead bool) bool {
	c.Lock()
	defer c.Unlock()
	i, ok := c.HostIndex(name)
	if ok {
		s := c.ServiceOf(i)
		s.Dead = dead
		c.setService(i, s)
	}
	return ok
}

// hostAPI serves /os-services, /os-hypervisors and /os-availability-zone.
type hostAPI struct{ *Compute }

func (c hostAPI) hostRoutes() []api.Route {
	return []api.Route{
		api.NewRoute("GET /os-availability-zone", http.StatusOK, c.listZones),
		api.NewRoute("GET /os-availability-zone/detail", http.StatusOK, c.listZones),
		api.NewRoute("GET /os-hypervisors", http.StatusOK, c.listHypervisors),
		api.NewRoute("GET /os-hypervisors/detail", http.StatusOK, c.listHypervisors),
		api.NewRoute("GET /os-services", http.StatusOK, c.listServices),
		api.NewRoute("PUT /os-services/{service}", http.StatusOK, c.updateService),
	}
}

func (c hostAPI) serviceView(q *api.Request, i int) obj {
	s := c.ServiceOf(i)
	v := obj{"binary": "nova-compute", "host": HostName(i), "id": i + 1, "zone": "nova", "status": s.Status(),
		"state": s.State(), "updated_at": api.MicroTime(q.Now), "disabled_reason": api.OrNull(s.Reason)}
	if q.Minor >= 11 {
		v["forced_down"] = s.Forced
	}
	if q.Minor >= 53 {
		v["id"] = api.StableID("service " + HostName(i))
	}
	return v
}

func (c hostAPI) listServices(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-services:list")
	}
	query := q.URL.Query()
	items := []obj{}
	for i := range c.hosts {
		if query.Has("host") && query.Get("host") != HostName(i) ||
			query.Has("binary") && query.Get("binary") != "nova-compute" {
			continue
		}
		items = append(items, c.serviceView(q, i))
	}
	return obj{"services": items}, nil
}

func (c hostAPI) updateService(q *api.Request) (any, error) {
	if !q.Token.Admin {
		return nil, q.Forbid("os_compute_api:os-services:update")
	}
	var in struct {
		Status string `json:"status"`
		Reason string `json:"disabled_reason"`
		Forced *bool  `json:"forced_down"`
	}
	if err := q.Decode(&in); err != nil {
		return nil, err
	}
	at := -1
	for i := range c.hosts {
		if api.StableID("service "+HostName(i)) == q.PathValue("service") {
			at = i
		}
	}
	if at < 0 {
		return nil, api.Fail(http.StatusNotFound, "Service %s could not be found.", q.PathValue("service"))
	}
	if in.Reason != "" && in.Status != "disabled" {
		return nil, api.Fail(http.StatusBadRequest, "Specifying disabled_reason requires that status is disabled.")
	}
	s := c.ServiceOf(at)
	switch strings.ToLower(in.Status) {
	case "disabled":
		s.Disabled, s.Reason = true, in.Reason
	case "enabled":
		s.Disabled, s.Reason = false, ""
	case "":
		if in.Forced == nil {
			return nil, api.Fail(http.StatusBadRequest,
				"No updates were requested. Fields 'status' or 'forced_down' should be specified.")
		}
	default:
		return nil, api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute status. Value: %s. '%s' is not one of ['enabled', 'disabled']",
			in.Status, in.Status)
	}
	if in.Forced != nil {
		s.Forced = *in.Forced
	}
	c.setService(at, s)
	return obj{"service": c.serviceView(q, at)}, nil
}

// Hosts returns for each host whether it is in service, and why not: "enabled up",
// "disabled REASON up".
func (c *Compute) Hosts() map[string]string {
	c.Lock()
	defer c.Unlock()
	all := map[string]string{}
	for i := range c.hosts {
		s := c.ServiceOf(i)
		all[HostName(i)] = strings.Join(strings.Fields(s.Status()+" "+s.Reason+" "+s.State()), " ")
	}
	return all
}
