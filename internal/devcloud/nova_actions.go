package devcloud

import (
	"encoding/json"
	"net/http"
	"slices"
)

// actions are those of POST /servers/{id}/action, by the name in the body.
func (c *Cloud) actions() map[string]func(*request, *server, json.RawMessage) (any, error) {
	acts := map[string]func(*request, *server, json.RawMessage) (any, error){
		"os-resetState":       func(q *request, s *server, raw json.RawMessage) (any, error) { return nil, c.resetServer(q, s, raw) },
		"addSecurityGroup":    func(q *request, s *server, raw json.RawMessage) (any, error) { return nil, c.regroup(q, s, raw, true) },
		"removeSecurityGroup": func(q *request, s *server, raw json.RawMessage) (any, error) { return nil, c.regroup(q, s, raw, false) },
		"os-getConsoleOutput": func(q *request, _ *server, _ json.RawMessage) (any, error) {
			q.status = http.StatusOK
			return obj{"output": ""}, nil
		},
		"lock":           func(q *request, s *server, _ json.RawMessage) (any, error) { return nil, c.lockServer(q, s, true) },
		"unlock":         func(q *request, s *server, _ json.RawMessage) (any, error) { return nil, c.lockServer(q, s, false) },
		"reboot":         c.rebootServer,
		"resize":         c.resizeServer,
		"migrate":        c.migrateServer,
		"confirmResize":  c.confirmResize,
		"revertResize":   c.revertResize,
		"os-migrateLive": c.liveMigrateServer,
		"evacuate":       c.evacuateServer,
		"rebuild":        c.rebuildServer,
		"createImage":    c.imageServer,
		"forceDelete":    func(q *request, s *server, _ json.RawMessage) (any, error) { return nil, c.forceDelete(q, s) },
		"restore":        func(q *request, s *server, _ json.RawMessage) (any, error) { return nil, c.restoreServer(q, s) },
	}
	for name, v := range powerVerbs {
		acts[name] = func(q *request, s *server, _ json.RawMessage) (any, error) { return nil, c.powerServer(q, s, v) }
	}
	return acts
}

func (c *Cloud) actServer(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	for name, raw := range body {
		act, ok := c.actions()[name]
		if !ok {
			return nil, fail(http.StatusBadRequest, "There is no such action: %s", name)
		}
		if s.Locked && !q.tok.Admin && !slices.Contains([]string{"lock", "unlock", "os-getConsoleOutput"}, name) {
			return nil, fail(http.StatusConflict, "Instance %s is locked", s.ID)
		}
		return act(q, s, raw)
	}
	return nil, fail(http.StatusBadRequest, "Malformed request body")
}

func (c *Cloud) lockServer(q *request, s *server, locked bool) error {
	s.stamp(q, map[bool]string{true: "lock", false: "unlock"}[locked])
	s.Locked = locked
	c.servers.put(s)
	return nil
}

// resetServer is the administrator's way to free a server that is stuck.
func (c *Cloud) resetServer(q *request, s *server, raw json.RawMessage) error {
	var in struct {
		State string `json:"state"`
	}
	if !q.tok.Admin {
		return q.forbid("os_compute_api:os-admin-actions:reset_state")
	}
	status := map[string]string{"active": "ACTIVE", "error": "ERROR"}
	if json.Unmarshal(raw, &in) != nil || status[in.State] == "" {
		return fail(http.StatusBadRequest, "Invalid input for field/attribute state. Value: %s. '%s' is not one of ['active', 'error']", in.State, in.State)
	}
	s.Status, s.Task, s.Next, s.Change = status[in.State], "", "", nil
	if s.Status == "ACTIVE" {
		s.launch(q.now)
		s.Fault = nil
	}
	s.Updated = q.now
	c.servers.put(s)
	return nil
}

// regroup adds a security group to, or takes it from, all ports of the server.
func (c *Cloud) regroup(q *request, s *server, raw json.RawMessage, add bool) error {
	var in nameOrID
	json.Unmarshal(raw, &in) //nolint:errcheck // no name, no group
	g, ok := c.secGroups.get(in.Name)
	if found := c.secGroups.find("project="+q.tok.Project, "name="+in.Name); len(found) == 1 {
		g, ok = found[0], true
	}
	if !ok || !q.sees(g.Project) {
		return fail(http.StatusNotFound, "Security group %s not found.", in.Name)
	}
	for _, sp := range s.Ports {
		p, ok := c.ports.get(sp.ID)
		if !ok {
			continue
		}
		groups := slices.DeleteFunc(slices.Clone(p.Groups), func(id string) bool { return id == g.ID })
		if add {
			groups = append(groups, g.ID)
		}
		p.Groups = groups
		p.touch(q.now)
		c.ports.put(p)
	}
	return nil
}
