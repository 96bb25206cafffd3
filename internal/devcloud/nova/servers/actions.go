package servers

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"novaflow/internal/devcloud/api"
	"novaflow/internal/devcloud/nova/compute"
)

// Action carries out an action of POST /servers/{id}/action. raw is what the body says
// under the name of the action.
type Action func(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error)

// simpleAction adapts a function that needs no body and answers without one.
func simpleAction(do func(q *api.Request, s *compute.Server) error) Action {
	return func(q *api.Request, s *compute.Server, _ json.RawMessage) (any, error) { return nil, do(q, s) }
}

// OnAction registers what carries out the action with a name.
func (c *Servers) OnAction(name string, do Action) { c.actions[name] = do }

// OnEnd registers what an action does beside the change of status when it is done or
// has failed. name is the name of the action in nova's record of actions.
func (c *Servers) OnEnd(name string, end func(s *compute.Server, ch compute.Change, at time.Time)) {
	c.ends[name] = end
}

// actionAPI serves POST /servers/{id}/action.
type actionAPI struct{ *Servers }

// registerActions registers the actions that need no host and no image.
func (c actionAPI) registerActions() {
	c.OnAction("os-resetState", func(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
		return nil, c.resetServer(q, s, raw)
	})
	c.OnAction("addSecurityGroup", func(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
		return nil, c.changeSecurityGroup(q, s, raw, true)
	})
	c.OnAction("removeSecurityGroup", func(q *api.Request, s *compute.Server, raw json.RawMessage) (any, error) {
		return nil, c.changeSecurityGroup(q, s, raw, false)
	})
	c.OnAction("os-getConsoleOutput", showConsole)
	for name, locked := range map[string]bool{"lock": true, "unlock": false} {
		c.OnAction(name, simpleAction(func(q *api.Request, s *compute.Server) error {
			return c.lockServer(q, s, locked)
		}))
	}
	c.OnAction("forceDelete", simpleAction(c.forceDelete))
	c.OnAction("restore", simpleAction(c.restoreServer))
}

func showConsole(q *api.Request, _ *compute.Server, _ json.RawMessage) (any, error) {
	q.Status = http.StatusOK
	return obj{"output": ""}, nil
}

func (c actionAPI) actServer(q *api.Request) (any, error) {
	s, err := c.OwnServer(q)
	if err != nil {
		return nil, err
	}
	var body map[string]json.RawMessage
	if err := q.Decode(&body); err != nil {
		return nil, err
	}
	for name, raw := range body {
		act, ok := c.actions[name]
		if !ok {
			return nil, api.Fail(http.StatusBadRequest, "There is no such action: %s", name)
		}
		if s.Locked && !q.Token.Admin && !slices.Contains([]string{"lock", "unlock", "os-getConsoleOutput"}, name) {
			return nil, api.Fail(http.StatusConflict, "Instance %s is locked", s.ID)
		}
		return act(q, s, raw)
	}
	return nil, api.Fail(http.StatusBadRequest, "Malformed request body")
}

func (c actionAPI) lockServer(q *api.Request, s *compute.Server, locked bool) error {
	s.RecordAction(q, map[bool]string{true: "lock", false: "unlock"}[locked])
	s.Locked = locked
	c.Instances.Put(s)
	return nil
}

// resetServer lets an administrator free a server that is stuck.
func (c actionAPI) resetServer(q *api.Request, s *compute.Server, raw json.RawMessage) error {
	var in struct {
		State string `json:"state"`
	}
	if !q.Token.Admin {
		return q.Forbid("os_compute_api:os-admin-actions:reset_state")
	}
	status := map[string]string{"active": "ACTIVE", "error": "ERROR"}
	if json.Unmarshal(raw, &in) != nil || status[in.State] == "" {
		return api.Fail(http.StatusBadRequest,
			"Invalid input for field/attribute state. Value: %s. '%s' is not one of ['active', 'error']", in.State,
			in.State)
	}
	s.Status, s.Task, s.Next, s.Change = status[in.State], "", "", nil
	if s.Status == "ACTIVE" {
		s.MarkLaunched(q.Now)
		s.Fault = nil
	}
	s.Updated = q.Now
	c.Instances.Put(s)
	return nil
}

// changeSecurityGroup adds a security group to all ports of the server, or removes it
// from them.
func (c actionAPI) changeSecurityGroup(q *api.Request, s *compute.Server, raw json.RawMessage, add bool) error {
	var in api.NameOrID
	json.Unmarshal(raw, &in) //nolint:errcheck // no name, no group
	g, ok := c.neutron.SecGroups.Get(in.Name)
	if found := c.neutron.SecGroups.Find("project="+q.Token.Project, "name="+in.Name); len(found) == 1 {
		g, ok = found[0], true
	}
	if !ok || !q.Sees(g.Project) {
		return api.Fail(http.StatusNotFound, "Security group %s not found.", in.Name)
	}
	for _, sp := range s.Ports {
		p, ok := c.neutron.Ports.Get(sp.ID)
		if !ok {
			continue
		}
		groups := slices.DeleteFunc(slices.Clone(p.Groups), func(id string) bool { return id == g.ID })
		if add {
			groups = append(groups, g.ID)
		}
		p.Groups = groups
		p.Touch(q.Now)
		c.neutron.Ports.Put(p)
	}
	return nil
}
