package devcloud

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// action carries out an action of POST /servers/{id}/action. raw is what the body says
// under the name of the action.
type action func(q *request, s *server, raw json.RawMessage) (any, error)

// simpleAction adapts a function that needs no body and answers without one.
func simpleAction(do func(q *request, s *server) error) action {
	return func(q *request, s *server, _ json.RawMessage) (any, error) { return nil, do(q, s) }
}

// onAction registers what carries out the action with a name.
func (c *Servers) onAction(name string, do action) { c.actions[name] = do }

// onEnd registers what an action does beside the change of status when it is done or
// has failed. name is that of nova's record of actions.
func (c *Servers) onEnd(name string, end func(s *server, ch change, at time.Time)) {
	c.ends[name] = end
}

// actionAPI serves POST /servers/{id}/action.
type actionAPI struct{ *Servers }

// registerActions registers the actions that need no host and no image.
func (c actionAPI) registerActions() {
	c.onAction("os-resetState", func(q *request, s *server, raw json.RawMessage) (any, error) { return nil, c.resetServer(q, s, raw) })
	c.onAction("addSecurityGroup", func(q *request, s *server, raw json.RawMessage) (any, error) { return nil, c.regroup(q, s, raw, true) })
	c.onAction("removeSecurityGroup", func(q *request, s *server, raw json.RawMessage) (any, error) { return nil, c.regroup(q, s, raw, false) })
	c.onAction("os-getConsoleOutput", showConsole)
	c.onAction("lock", simpleAction(func(q *request, s *server) error { return c.lockServer(q, s, true) }))
	c.onAction("unlock", simpleAction(func(q *request, s *server) error { return c.lockServer(q, s, false) }))
	c.onAction("forceDelete", simpleAction(c.forceDelete))
	c.onAction("restore", simpleAction(c.restoreServer))
}

func showConsole(q *request, _ *server, _ json.RawMessage) (any, error) {
	q.status = http.StatusOK
	return obj{"output": ""}, nil
}

func (c actionAPI) actServer(q *request) (any, error) {
	s, err := c.ownServer(q)
	if err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage
	if err := q.decode(&body); err != nil {
		return nil, err
	}
	for name, raw := range body {
		act, ok := c.actions[name]
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

func (c actionAPI) lockServer(q *request, s *server, locked bool) error {
	s.stamp(q, map[bool]string{true: "lock", false: "unlock"}[locked])
	s.Locked = locked
	c.servers.put(s)
	return nil
}

// resetServer is the administrator's way to free a server that is stuck.
func (c actionAPI) resetServer(q *request, s *server, raw json.RawMessage) error {
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
func (c actionAPI) regroup(q *request, s *server, raw json.RawMessage, add bool) error {
	var in nameOrID
	json.Unmarshal(raw, &in) //nolint:errcheck // no name, no group
	g, ok := c.neutron.secGroups.get(in.Name)
	if found := c.neutron.secGroups.find("project="+q.tok.Project, "name="+in.Name); len(found) == 1 {
		g, ok = found[0], true
	}
	if !ok || !q.sees(g.Project) {
		return fail(http.StatusNotFound, "Security group %s not found.", in.Name)
	}
	for _, sp := range s.Ports {
		p, ok := c.neutron.ports.get(sp.ID)
		if !ok {
			continue
		}
		groups := slices.DeleteFunc(slices.Clone(p.Groups), func(id string) bool { return id == g.ID })
		if add {
			groups = append(groups, g.ID)
		}
		p.Groups = groups
		p.touch(q.now)
		c.neutron.ports.put(p)
	}
	return nil
}
