package devcloud

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// serverActs are the actions that bring a server from some statuses to another.
var serverActs = map[string]struct {
	name string
	from []string
	to   string
}{
	"os-start": {"start", []string{"SHUTOFF"}, "ACTIVE"},
	"os-stop":  {"stop", []string{"ACTIVE", "ERROR"}, "SHUTOFF"},
	"reboot":   {"reboot", []string{"ACTIVE", "SHUTOFF", "ERROR"}, "ACTIVE"},
	"pause":    {"pause", []string{"ACTIVE"}, "PAUSED"},
	"unpause":  {"unpause", []string{"PAUSED"}, "ACTIVE"},
	"suspend":  {"suspend", []string{"ACTIVE", "SHUTOFF"}, "SUSPENDED"},
	"resume":   {"resume", []string{"SUSPENDED"}, "ACTIVE"},
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
	for name := range maps.Keys(body) {
		if name == "os-resetState" {
			return nil, c.resetServer(q, s, body[name])
		}
		if name == "addSecurityGroup" || name == "removeSecurityGroup" {
			return nil, c.regroup(q, s, body[name], name == "addSecurityGroup")
		}
		if name == "os-getConsoleOutput" {
			q.status = http.StatusOK
			return obj{"output": ""}, nil
		}
		act, ok := serverActs[name]
		if !ok {
			return nil, fail(http.StatusBadRequest, "There is no such action: %s", name)
		}
		if !slices.Contains(act.from, s.Status) {
			return nil, fail(http.StatusConflict, "Cannot '%s' instance %s while it is in vm_state %s", act.name, s.ID, serverStates[s.Status])
		}
		if s.Task != "" {
			return nil, fail(http.StatusConflict, "Cannot '%s' instance %s while it is in task_state %s", act.name, s.ID, s.Task)
		}
		s.stamp(q, act.name)
		s.Status = act.to
		c.servers.put(s)
		return nil, nil
	}
	return nil, fail(http.StatusBadRequest, "Malformed request body")
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
	s.Status, s.Task, s.Next = status[in.State], "", ""
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
